/** What happens to the containers: so much that a human sees something every second or two, and no more. */
import {
  EMPTY,
  ignoreElements,
  merge,
  type Observable,
  of,
  type SchedulerLike,
  switchMap,
  tap,
  timer,
} from 'rxjs';
import { parseRestartPolicy, restartsBy } from '../../restart-policy.ts';
import type { ContainerSpec, ProcessContainer } from './container.ts';

/** How a container lives: again and again. */
export interface Life extends ContainerSpec {
  /** When it begins, after the engine has started: in ms. */
  readonly begins: number;
  /** How long each run lasts: in ms. */
  readonly lasts: number;
  /** What ends a run: its exit code, a signal, or a user who stops it. */
  readonly ends: number | NodeJS.Signals | 'stop';
  /** Its restart policy, as `parseRestartPolicy` takes it. */
  readonly policy: string;
  /** When a user starts it again that its policy leaves as it is: in ms. */
  readonly again: number;
}

export const LIVES: readonly Life[] = [
  {
    ...{ name: 'web', image: 'demo/web:1.4', labels: { tier: 'front' } },
    ...{ begins: 0, lasts: 11_000, ends: 'SIGKILL', policy: 'always', again: 5_000 },
  },
  {
    ...{ name: 'job', image: 'demo/job:latest', labels: { tier: 'batch' } },
    ...{ begins: 1_000, lasts: 2_500, ends: 0, policy: 'no', again: 3_500 },
  },
  {
    ...{ name: 'flaky', image: 'demo/flaky:0.1', labels: { tier: 'back' } },
    ...{ begins: 2_500, lasts: 2_000, ends: 1, policy: 'on-failure:3', again: 5_000 },
  },
  {
    ...{ name: 'db', image: 'demo/db:16', labels: { tier: 'back' } },
    ...{ begins: 3_500, lasts: 20_000, ends: 'stop', policy: 'unless-stopped', again: 2_000 },
  },
];

/** What a life does to its container. */
export type Living = Pick<ProcessContainer, 'changes' | 'start' | 'finish' | 'kill' | 'stop'>;

/** Lives a life, from its first start on. It emits nothing and does not end. */
export function live(life: Life, container: Living, scheduler: SchedulerLike): Observable<never> {
  const { lasts, ends, policy, again } = life;
  const runEnds = container.changes.pipe(
    switchMap(({ kind }) => (kind === 'start' ? timer(lasts, scheduler) : EMPTY)),
    tap(() => {
      if (typeof ends === 'number') container.finish(ends);
      else if (ends === 'stop') container.stop();
      else container.kill(ends);
    }),
  );
  const restarts = container.changes.pipe(
    restartsBy(parseRestartPolicy(policy), scheduler),
    switchMap((verdict) => {
      if (verdict.kind === 'restart') return of(undefined);
      return verdict.kind === 'leave' ? timer(again, scheduler) : EMPTY;
    }),
  );
  const starts = merge(restarts, of(undefined)).pipe(tap(() => container.start()));
  return merge(runEnds, starts).pipe(ignoreElements());
}
