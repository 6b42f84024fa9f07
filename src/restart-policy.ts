/**
 * Whether, and after how long, what has ended is started again: iSulad's restart policy (`restartmanager.c`), which is
 * Docker's, as a pure function, and with a clock.
 */
import {
  asyncScheduler,
  concat,
  defer,
  EMPTY,
  filter,
  map,
  type Observable,
  of,
  type OperatorFunction,
  type SchedulerLike,
  switchMap,
  timer,
} from 'rxjs';
import type { Instant } from './instant.ts';

export type RestartPolicy =
  | { readonly name: 'no' | 'always' | 'unless-stopped' }
  | {
      readonly name: 'on-failure';
      /** How many restarts in a row at most: 1 or more. Without it, no end. */
      readonly max?: number | undefined;
    };

/** The wait before the first restart, and the longest: in ms. */
const FIRST_DELAY = 100;
const LONGEST_DELAY = 60_000;

/** A run that lasted this long was a good one: the waits start over. In ns. */
const GOOD_RUN: Instant = 10_000_000_000n;

const MOST = 1_000_000;

const ON_PURPOSE = 'it was stopped on purpose';

/**
 * Reads `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:MAX`.
 *
 * @throws RangeError when it is none of these
 */
export function parseRestartPolicy(text: string): RestartPolicy {
  if (text === 'no' || text === 'always' || text === 'unless-stopped') return { name: text };
  const [, max] = /^on-failure(?::(\d{1,7}))?$/.exec(text) ?? [];
  if (text === 'on-failure') return { name: 'on-failure' };
  if (max !== undefined && Number(max) >= 1 && Number(max) <= MOST)
    return { name: 'on-failure', max: Number(max) };
  throw new RangeError(
    `invalid restart policy ${JSON.stringify(text.slice(0, 80))}: ` +
      `known are no, always, unless-stopped, on-failure and on-failure:MAX with 1 to ${MOST} restarts`,
  );
}

/** The policy as it is written. */
export function formatRestartPolicy(policy: RestartPolicy): string {
  return policy.name === 'on-failure' && policy.max !== undefined ? `on-failure:${policy.max}` : policy.name;
}

/** What happens to a container, as far as its restarts are concerned. */
export type RunChange =
  /** It runs. */
  | { readonly kind: 'start'; readonly at: Instant }
  /** Somebody asked it to stop: what ends it next, or has just ended it, was wanted. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'die'; readonly at: Instant; readonly exitCode: number }
  /** It is gone, and nothing is left to restart. */
  | { readonly kind: 'remove' };

/** The wait is over: it is being started, as {@link Restarts.next} said. */
export interface RestartBegun {
  readonly kind: 'restart';
}

/** Where a container stands with its policy. */
export interface Restarts {
  /** When the present run began; undefined when it does not run, or its start was not seen. */
  readonly startedAt: Instant | undefined;
  /** Whether somebody asked it to stop, and nobody started it since. */
  readonly stopped: boolean;
  /** Restarts in a row, since somebody started it by hand. */
  readonly count: number;
  /** The latest wait before a restart, in ms: 0 when the next is the first. */
  readonly delay: number;
  /** `due`: it ended, and is to be restarted `delay` ms after that. `begun`: that is being done. */
  readonly next: 'nothing' | 'due' | 'begun';
}

/** Nothing has been seen of it yet. */
export const NO_RESTARTS: Restarts = {
  startedAt: undefined,
  stopped: false,
  count: 0,
  delay: 0,
  next: 'nothing',
};

/**
 * What a change does to where a container stands. The first wait is 100 ms, doubled up to 60 s with each restart; it
 * starts over once a run has lasted 10 s. What was stopped on purpose stays so under every policy, as with the engines
 * themselves (there, `always` and `unless-stopped` differ when the engine starts anew).
 *
 * `on-failure:MAX` allows MAX restarts in a row however long their runs lasted, as Docker does; only a start by hand
 * begins to count anew.
 */
export function afterChange(
  policy: RestartPolicy,
  before: Restarts,
  change: RunChange | RestartBegun,
): Restarts {
  switch (change.kind) {
    case 'start':
      return before.next === 'begun'
        ? { ...before, startedAt: change.at, next: 'nothing' }
        : { ...NO_RESTARTS, startedAt: change.at };
    case 'stop':
      return { ...before, stopped: true, next: 'nothing' };
    case 'die':
      // Told twice of one end: the wait goes on.
      return before.next === 'due' ? before : afterDeath(policy, before, change);
    case 'restart':
      return before.next === 'due' ? { ...before, next: 'begun' } : before;
    case 'remove':
  }
  return NO_RESTARTS;
}

function afterDeath(
  policy: RestartPolicy,
  before: Restarts,
  { at, exitCode }: { readonly at: Instant; readonly exitCode: number },
): Restarts {
  const { startedAt, stopped, count } = before;
  const good = startedAt !== undefined && at - startedAt >= GOOD_RUN;
  const last = good ? 0 : before.delay;
  const down = { startedAt: undefined, stopped };
  return refusal(policy, before, exitCode) === undefined
    ? {
        ...down,
        count: count + 1,
        delay: last === 0 ? FIRST_DELAY : Math.min(LONGEST_DELAY, 2 * last),
        next: 'due',
      }
    : { ...down, count, delay: last, next: 'nothing' };
}

/** Why what has ended with that code is not restarted, for people; undefined when it is. */
function refusal(policy: RestartPolicy, { stopped, count }: Restarts, exitCode: number): string | undefined {
  if (stopped) return ON_PURPOSE;
  if (policy.name === 'no') return 'its policy is not to restart';
  if (policy.name !== 'on-failure') return undefined;
  if (exitCode === 0) return 'it ended with exit code 0';
  return policy.max === undefined || count < policy.max
    ? undefined
    : `it was restarted ${count} ${count === 1 ? 'time' : 'times'}, as often as it may be`;
}

/** What a policy says about a container that has ended. */
export type Verdict =
  /** It is to be restarted in `delay` ms, for the `count`th time in a row. */
  | { readonly kind: 'wait'; readonly count: number; readonly delay: number }
  /** That time is over: start it now. */
  | { readonly kind: 'restart'; readonly count: number; readonly delay: number }
  /** It is left as it is. `wanted`: somebody stopped it, and may be about to start it again. */
  | { readonly kind: 'leave'; readonly why: string; readonly wanted: boolean };

/**
 * One container's changes as verdicts: `wait` or `leave` at its end, `restart` once the wait is over. Whatever happens
 * meanwhile (somebody starts, stops or removes it) ends the wait.
 *
 * Memory: one timer while waiting.
 */
export function restartsBy(
  policy: RestartPolicy,
  scheduler: SchedulerLike = asyncScheduler,
): OperatorFunction<RunChange, Verdict> {
  return (changes) =>
    defer(() => {
      let before = NO_RESTARTS;
      let now = before;
      return changes.pipe(
        filter((change) => {
          before = now;
          now = afterChange(policy, before, change);
          return now !== before;
        }),
        switchMap((change): Observable<Verdict> => {
          const { count, delay, next } = now;
          if (next === 'due') {
            const restart = timer(delay, scheduler).pipe(
              map((): Verdict => {
                now = afterChange(policy, now, { kind: 'restart' });
                return { kind: 'restart', count, delay };
              }),
            );
            return concat(of<Verdict>({ kind: 'wait', count, delay }), restart);
          }
          const why = change.kind === 'die' ? refusal(policy, before, change.exitCode) : undefined;
          if (why !== undefined) return of({ kind: 'leave', why, wanted: before.stopped });
          const stopped = change.kind === 'stop' && before.next === 'due';
          return stopped ? of({ kind: 'leave', why: ON_PURPOSE, wanted: true }) : EMPTY;
        }),
      );
    });
}
