/** Scripts of the containers: a person sees an event every second or two. */
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

/** A container's script, which repeats. */
export interface ProcessLife extends ContainerSpec {
  /** Time of the first start after the engine's start: in ms. */
  readonly begins: number;
  /** Duration of each run: in ms. */
  readonly lasts: number;
  /** The end of a run: an exit code, a signal, or a user's stop. */
  readonly ends: number | NodeJS.Signals | 'stop';
  /** Its restart policy, in the syntax of `parseRestartPolicy`. */
  readonly policy: string;
  /** Delay before a user starts it again if its policy does not: in ms. */
  readonly again: number;
}

export const LIVES: readonly ProcessLife[] = [
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

/** The part of a container that a script controls. */
export type Living = Pick<ProcessContainer, 'changes' | 'start' | 'finish' | 'kill' | 'stop'>;

/** Plays a script from its first start on. It emits nothing and does not end. */
export function live(life: ProcessLife, container: Living, scheduler: SchedulerLike): Observable<never> {
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
