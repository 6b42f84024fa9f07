/**
 * Restart policies: decide about a restart and its delay after the end of a container. They are
 * iSulad's (`restartmanager.c`), which equal Docker's: as a pure function, and with a clock.
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
  take,
  timer,
} from 'rxjs';
import type { Instant } from './instant.ts';

export type RestartPolicy =
  | { readonly name: 'no' | 'always' | 'unless-stopped' | 'on-reboot' }
  | {
      readonly name: 'on-failure';
      /** Most restarts in a row: 1 or more. Default: no limit. */
      readonly max?: number | undefined;
    };

/** The delay before the first restart, and the longest: in ms. */
const FIRST_DELAY = 100;
const LONGEST_DELAY = 60_000;

/** The exit code after which `on-reboot` restarts. */
const REBOOT = 129;

/** Length of a good run, after which the delays start over. In ns. */
const GOOD_RUN: Instant = 10_000_000_000n;

const MOST = 1_000_000;

const ON_PURPOSE = 'it was stopped on purpose';

const PLAIN = ['no', 'always', 'unless-stopped', 'on-reboot'] as const;

/**
 * Parses `no`, `always`, `unless-stopped`, `on-failure`, `on-failure:MAX` or `on-reboot`.
 *
 * @throws RangeError if the text has none of these forms
 */
export function parseRestartPolicy(text: string): RestartPolicy {
  const plain = PLAIN.find((name) => name === text);
  if (plain !== undefined) return { name: plain };
  const [, max] = /^on-failure(?::(\d{1,7}))?$/.exec(text) ?? [];
  if (text === 'on-failure') return { name: 'on-failure' };
  if (max !== undefined && Number(max) >= 1 && Number(max) <= MOST)
    return { name: 'on-failure', max: Number(max) };
  throw new RangeError(
    `invalid restart policy ${JSON.stringify(text.slice(0, 80))}: ` +
      `known are no, always, unless-stopped, on-reboot, on-failure and on-failure:MAX with 1 to ${MOST} restarts`,
  );
}

/** Formats the policy. */
export function formatRestartPolicy(policy: RestartPolicy): string {
  return policy.name === 'on-failure' && policy.max !== undefined ? `on-failure:${policy.max}` : policy.name;
}

/** A change of a container that matters to its restarts. */
export type RunChange =
  /** The container runs. */
  | { readonly kind: 'start'; readonly at: Instant }
  /** A stop was requested: the next end, or the one just before, is intentional. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'die'; readonly at: Instant; readonly exitCode: number }
  /** The container is removed and cannot be restarted. */
  | { readonly kind: 'remove' };

/** The delay is over: the container is being started, as {@link Restarts.next} states. */
export interface RestartBegun {
  readonly kind: 'restart';
}

/** State of a container under its policy. */
export interface Restarts {
  /** Start of the present run; undefined if it does not run, or its start was not seen. */
  readonly startedAt: Instant | undefined;
  /** True after a requested stop, until the next start. */
  readonly stopped: boolean;
  /** Restarts in a row, since the last start by a user. */
  readonly count: number;
  /** The latest delay before a restart, in ms: 0 before the first restart. */
  readonly delay: number;
  /**
   * `due`: the container ended, and the restart follows after `delay` ms. `begun`: the restart is
   * in progress.
   */
  readonly next: 'nothing' | 'due' | 'begun';
}

/** The state before any change. */
export const NO_RESTARTS: Restarts = {
  startedAt: undefined,
  stopped: false,
  count: 0,
  delay: 0,
  next: 'nothing',
};

/**
 * The state after a change. The first delay is 100 ms, and doubles with each restart up to 60 s; it
 * starts over after a run of 10 s. A container stopped on purpose stays stopped under every policy,
 * as in the engines themselves (there, `always` and `unless-stopped` differ when the engine
 * restarts).
 *
 * `on-failure:MAX` allows MAX restarts in a row, however long the runs lasted, as in Docker; only a
 * start by a user resets the count.
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
      // A second report of one end: the delay continues.
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

/**
 * The reason not to restart a container that ended with that code, for people; undefined if it is
 * restarted.
 */
function refusal(policy: RestartPolicy, { stopped, count }: Restarts, exitCode: number): string | undefined {
  if (stopped) return ON_PURPOSE;
  if (policy.name === 'no') return 'its policy is not to restart';
  if (policy.name === 'on-reboot')
    return exitCode === REBOOT ? undefined : `its exit code is ${exitCode}, not ${REBOOT} (reboot)`;
  if (policy.name !== 'on-failure') return undefined;
  if (exitCode === 0) return 'it ended with exit code 0';
  return policy.max === undefined || count < policy.max
    ? undefined
    : `it was restarted ${count} ${count === 1 ? 'time' : 'times'}, the limit of its policy`;
}

/** Decision of a policy about a container that has ended. */
export type RestartDecision =
  /** Restart it in `delay` ms, for the `count`th time in a row. */
  | { readonly kind: 'wait'; readonly count: number; readonly delay: number }
  /** The delay is over: start it now. */
  | { readonly kind: 'restart'; readonly count: number; readonly delay: number }
  /** Leave it as it is. `wanted`: a user stopped it, and may be about to start it again. */
  | { readonly kind: 'leave'; readonly why: string; readonly wanted: boolean };

export interface RestartsOptions {
  /** The restarts that an earlier subscription left. Default: {@link NO_RESTARTS}. */
  readonly from?: Restarts | undefined;
  /** Emits when the wait that `from` left is over. Default: at once. */
  readonly wait?: Observable<unknown> | undefined;
  /** Called after each change. Default: no call. */
  readonly onChange?: ((now: Restarts) => void) | undefined;
}

/**
 * Converts one container's changes to verdicts: `wait` or `leave` at its end, `restart` after the
 * delay. Any change meanwhile (a start, stop or removal) cancels the delay.
 *
 * Memory: one timer during a delay.
 */
export function restartsBy(
  policy: RestartPolicy,
  scheduler: SchedulerLike = asyncScheduler,
  options: RestartsOptions = {},
): OperatorFunction<RunChange, RestartDecision> {
  const { from = NO_RESTARTS, wait = of(undefined), onChange } = options;
  return (changes) =>
    defer(() => {
      let now: Restarts = from.next === 'begun' ? { ...from, next: 'due' } : from;
      let before = now;
      const set = (next: Restarts): void => {
        now = next;
        onChange?.(now);
      };
      const restart = (over: Observable<unknown>): Observable<RestartDecision> => {
        const { count, delay } = now;
        const begin = over.pipe(
          take(1),
          map((): RestartDecision => {
            set(afterChange(policy, now, { kind: 'restart' }));
            return { kind: 'restart', count, delay };
          }),
        );
        return concat(of<RestartDecision>({ kind: 'wait', count, delay }), begin);
      };
      const turns = changes.pipe(
        filter((change) => {
          before = now;
          const next = afterChange(policy, before, change);
          if (next !== before) set(next);
          return now !== before;
        }),
      );
      return concat(now.next === 'due' ? of(undefined) : EMPTY, turns).pipe(
        switchMap((change): Observable<RestartDecision> => {
          if (change === undefined) return restart(wait);
          if (now.next === 'due') return restart(timer(now.delay, scheduler));
          const why = change.kind === 'die' ? refusal(policy, before, change.exitCode) : undefined;
          if (why !== undefined) return of({ kind: 'leave', why, wanted: before.stopped });
          const stopped = change.kind === 'stop' && before.next === 'due';
          return stopped ? of({ kind: 'leave', why: ON_PURPOSE, wanted: true }) : EMPTY;
        }),
      );
    });
}
