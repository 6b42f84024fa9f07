/** Waiting until a container has come to something. */
import { concat, defer, filter, first, map, type Observable, of } from 'rxjs';
import { stateKey } from '../../operators/container-key.ts';
import type { ContainerState, Phase } from '../../operators/container-state.ts';
import { findContainer } from './find-container.ts';

/** `exited`: its run has ended, or it is gone after one. `healthy`: it runs, and its health check says so. */
export type Condition = 'exited' | 'running' | 'healthy' | 'removed';

export const CONDITIONS: readonly Condition[] = ['exited', 'running', 'healthy', 'removed'];

/** Why waiting makes no sense, or no more: there is no such container, or it is gone. */
export class WaitError extends Error {
  override readonly name = 'WaitError';
}

/** What is waited on. */
export interface Watched {
  /** All states that are known now, removed ones included. */
  readonly states: Iterable<ContainerState>;
  /** Every state as it changes. */
  readonly changes: Observable<ContainerState>;
}

const ENDED: ReadonlySet<Phase> = new Set(['exited', 'restarting', 'dead']);

/**
 * Emits a container's state once it is as asked, at once where it is already, and completes: whoever waits is woken by the event
 * itself. The container is told by its name, its id or 12 or more digits of that, and followed through renames. `running` and
 * `healthy` also wait for one that does not exist yet.
 *
 * Errors with a {@link WaitError} when there is no such container, or when it was removed and can never be as asked.
 *
 * @throws RangeError at the call when the name is none
 */
export function wait(watched: Watched, name: string, condition: Condition): Observable<ContainerState> {
  findContainer([], name);
  return defer(() => {
    const now = findContainer(watched.states, name);
    const there = now !== undefined && now.state !== 'removed';
    const awaited = condition === 'running' || condition === 'healthy';
    if (!there && !awaited) throw new WaitError(`there is no container ${JSON.stringify(name)}`);
    // One that is still to come is known by the name alone, until it has come.
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
  });
}

function judge(container: ContainerState, name: string, condition: Condition): boolean {
  const { state, health, exitCode, finishedAt } = container;
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
