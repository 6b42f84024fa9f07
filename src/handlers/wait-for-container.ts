/** Waits for a container state. */
import {
  catchError,
  concat,
  defer,
  EMPTY,
  filter,
  first,
  map,
  merge,
  type Observable,
  of,
  take,
  throwError,
} from 'rxjs';
import { stateKey } from '../../operators/container-key.ts';
import type { ContainerState, Phase } from '../../operators/container-state.ts';
import { findContainer, findContainers, type States } from './find-container.ts';

/**
 * `exited`: the run has ended, or the container is removed after a run. `healthy`: it runs, and its
 * health check passes.
 */
export type Condition = 'exited' | 'running' | 'healthy' | 'removed';

/** The conditions that `wait` accepts. */
export const CONDITIONS: readonly Condition[] = ['exited', 'running', 'healthy', 'removed'];

/** The wait cannot succeed: the container does not exist or was removed. */
export class WaitError extends Error {
  override readonly name = 'WaitError';
}

/** The states to wait on. */
export interface Watched {
  /** All current states, removed ones included. */
  readonly states: States;
  /** Every changed state. */
  readonly changes: Observable<ContainerState>;
}

const ENDED: ReadonlySet<Phase> = new Set(['exited', 'restarting', 'dead']);

/**
 * Emits a container's state once it meets the condition, at once if it does already, and completes.
 * The event itself triggers the emission. Finds the container by name, id, or 12 or more digits of
 * an id, and follows it through renames. `running` and `healthy` also wait for a container that
 * does not exist yet.
 *
 * Errors with a {@link WaitError} if the container does not exist, or was removed and can never
 * meet the condition.
 *
 * @throws RangeError at the call if the name is invalid
 *
 * @example
 * await lastValueFrom(wait(daemon.containers, 'web', 'healthy'));
 */
export function wait(watched: Watched, name: string, condition: Condition): Observable<ContainerState> {
  findContainer([], name);
  return defer(() => waitFor(watched, name, findContainer(watched.states, name), condition));
}

/**
 * The same for a name that several containers may have, on one engine or on several: emits the
 * first of them that meets the condition. Errors if none of them can meet it.
 *
 * @throws RangeError at the call if the name is invalid
 */
export function waitForAny(watched: Watched, name: string, condition: Condition): Observable<ContainerState> {
  findContainers([], name);
  return defer(() => {
    const found = findContainers(watched.states, name);
    let waits = Math.max(1, found.length);
    const each = (found.length === 0 ? [undefined] : found).map((now) =>
      defer(() => waitFor(watched, name, now, condition)).pipe(
        catchError((error: unknown) => (--waits === 0 ? throwError(() => error) : EMPTY)),
      ),
    );
    return merge(...each).pipe(take(1));
  });
}

/** @param now the container with that name, if there is one */
function waitFor(
  watched: Watched,
  name: string,
  now: ContainerState | undefined,
  condition: Condition,
): Observable<ContainerState> {
  const there = now !== undefined && now.state !== 'removed';
  const awaited = condition === 'running' || condition === 'healthy';
  if (!there && !awaited) throw new WaitError(`there is no container ${JSON.stringify(name)}`);
  // A container that does not exist yet is known by name alone.
  let known = there ? now : undefined;
  const later = watched.changes.pipe(
    filter((state) => {
      known ??= state.state === 'removed' ? undefined : findContainer([state], name);
      return known !== undefined && stateKey(state) === stateKey(known);
    }),
  );
  return (there ? concat(of(now), later) : later).pipe(
    map((state) => ({ state, met: judge(state, name, condition) })),
    first(({ met }) => met),
    map(({ state }) => state),
  );
}

/** The engine of records in the monitor FIFO. iSulad's senders write none for a removal. */
const MONITOR = 'monitor';

function judge(container: ContainerState, name: string, condition: Condition): boolean {
  const { state, health, exitCode, finishedAt, engine } = container;
  if (condition === 'removed' && engine === MONITOR && state !== 'removed') {
    throw new WaitError(
      `container ${JSON.stringify(name)} is only known from the monitor FIFO, which reports no removals: ` +
        'this wait would never end; follow its engine too (--engine isulad)',
    );
  }
  const is: Readonly<Record<Condition, boolean>> = {
    exited: ENDED.has(state) || (state === 'removed' && (exitCode ?? finishedAt) !== undefined),
    running: state === 'running',
    healthy: state === 'running' && health === 'healthy',
    removed: state === 'removed',
  };
  if (!is[condition] && state === 'removed') {
    throw new WaitError(`container ${JSON.stringify(name)} was removed before it was ${condition}`);
  }
  return is[condition];
}
