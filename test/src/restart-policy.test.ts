import { Subject, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import * as instant from '../../src/instant.ts';
import {
  afterChange,
  formatRestartPolicy,
  NO_RESTARTS,
  parseRestartPolicy,
  type RestartBegun,
  type Restarts,
  restartsBy,
  type RunChange,
  type RestartDecision,
} from '../../src/restart-policy.ts';
import { marbles } from '../support/marbles.ts';

const SECOND = 1_000_000_000n;

/** Where a container stands after all of these. */
function after(policy: string, ...changes: readonly (RunChange | RestartBegun)[]): Restarts {
  return changes.reduce((now, change) => afterChange(parseRestartPolicy(policy), now, change), NO_RESTARTS);
}

const start = (at = 0n): RunChange => ({ kind: 'start', at });
const die = (exitCode: number, at = 1n): RunChange => ({ kind: 'die', at, exitCode });
const stop: RunChange = { kind: 'stop' };
const restart: RestartBegun = { kind: 'restart' };

/** So many restarts by the policy, after ends with that code. */
const crashes = (count: number): (RunChange | RestartBegun)[] =>
  Array.from({ length: count }, () => [die(1), restart, start()]).flat();

describe('the policies', () => {
  it.each([
    'no',
    'always',
    'unless-stopped',
    'on-reboot',
    'on-failure',
    'on-failure:1',
    'on-failure:1000000',
  ])('are read and written: %s', (text) => expect(formatRestartPolicy(parseRestartPolicy(text))).toBe(text));

  it.each([
    '',
    'never',
    'Always',
    'on-failure:',
    'on-failure:0',
    'on-failure:-1',
    'on-failure:1000001',
    'no:3',
  ])('are refused: %j', (text) =>
    expect(() => parseRestartPolicy(text)).toThrow(/invalid restart policy .*known are no, always/),
  );
});

/** The whole table: policy × exit code × whether it was stopped on purpose × restarts so far. */
describe('after an end', () => {
  const rows = [
    ...['no', 'always', 'unless-stopped', 'on-reboot', 'on-failure', 'on-failure:1', 'on-failure:3'],
  ].flatMap((policy) =>
    [0, 1, 129, 137, 255].flatMap((exitCode) =>
      [false, true].flatMap((stopped) =>
        [0, 1, 2, 3, 4].map((count) => ({ policy, exitCode, stopped, count })),
      ),
    ),
  );

  /** The policies in words, as their users know them. */
  const RESTARTS: Readonly<Record<string, (exitCode: number, count: number) => boolean>> = {
    no: () => false,
    always: () => true,
    'unless-stopped': () => true,
    'on-reboot': (exitCode) => exitCode === 129,
    'on-failure': (exitCode) => exitCode !== 0,
    'on-failure:1': (exitCode, count) => exitCode !== 0 && count < 1,
    'on-failure:3': (exitCode, count) => exitCode !== 0 && count < 3,
  };

  it.each(rows)('$policy, exit code $exitCode, stopped: $stopped, $count before', (row) => {
    const { policy, exitCode, stopped, count } = row;
    const before: Restarts = { ...NO_RESTARTS, startedAt: 0n, stopped, count };
    const now = afterChange(parseRestartPolicy(policy), before, die(exitCode));
    const expected = !stopped && RESTARTS[policy]?.(exitCode, count) === true;
    expect(now.next).toBe(expected ? 'due' : 'nothing');
    expect(now.count).toBe(expected ? count + 1 : count);
  });

  it('the waits double from 100 ms to a minute', () => {
    const delays = Array.from(
      { length: 12 },
      (_, i) => after('always', start(), ...crashes(i), die(0)).delay,
    );
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
  });

  it.each([
    [10n * SECOND, 100],
    [10n * SECOND - 1n, 800],
    // The clock was set back meanwhile.
    [-3600n * SECOND, 800],
  ])('a run of %d ns makes the next wait %d ms', (ran, expected) => {
    const now = after('on-failure:9', start(), ...crashes(3), die(1, ran));
    expect(now.delay).toBe(expected);
    expect(now.count).toBe(4);
  });

  it('a start that was not seen makes no good run', () => {
    expect(after('always', die(1, 99n * SECOND), restart, die(1, 99n * SECOND)).delay).toBe(200);
  });

  it('a start by hand resets the count', () => {
    const exhausted = [start(), ...crashes(2), die(1)];
    expect(after('on-failure:2', ...exhausted).next).toBe('nothing');
    expect(after('on-failure:2', ...exhausted, start(), die(1))).toMatchObject({
      next: 'due',
      count: 1,
      delay: 100,
    });
  });

  it('a start by hand during the wait is not a restart', () => {
    expect(after('always', start(), die(1), start())).toEqual({ ...NO_RESTARTS, startedAt: 0n });
  });

  it('a stop that is reported after the end is respected, and forgotten with the next start', () => {
    expect(after('always', start(), die(137), stop).next).toBe('nothing');
    expect(after('always', start(), die(137), stop, start(), die(1)).next).toBe('due');
  });

  it('being removed forgets all', () => {
    expect(after('always', start(), ...crashes(5), { kind: 'remove' })).toEqual(NO_RESTARTS);
  });
});

describe('with a clock', () => {
  const changes = { s: start(), d: die(1), z: die(0), k: stop, r: { kind: 'remove' } } as const;
  const verdicts: Record<string, RestartDecision> = {
    1: { kind: 'wait', count: 1, delay: 100 },
    2: { kind: 'wait', count: 2, delay: 200 },
    a: { kind: 'restart', count: 1, delay: 100 },
    b: { kind: 'restart', count: 2, delay: 200 },
    p: { kind: 'leave', why: 'it was stopped on purpose', wanted: true },
    z: { kind: 'leave', why: 'it ended with exit code 0', wanted: false },
    m: { kind: 'leave', why: 'it was restarted 1 time, the limit of its policy', wanted: false },
  };
  const CASES: readonly (readonly [what: string, policy: string, input: string, expected: string])[] = [
    // A value takes 1 ms itself.
    ['waits, and longer the second time', 'always', 's d 100ms sd 300ms |', '-1 99ms a-2 199ms b 100ms |'],
    ['leaves what ended well', 'on-failure', 's z 200ms |', '-z 200ms |'],
    ['restarts no more often than it may', 'on-failure:1', 'sd 100ms sd 300ms |', '-1 99ms a-m 300ms |'],
    ['respects a stop before the end', 'always', 'skd 300ms |', '--p 300ms |'],
    ['respects a stop told of after the end', 'always', 's d 50ms k 300ms |', '-1 50ms p 300ms |'],
    ['does not restart a container that a user started', 'always', 'sd 50ms s 300ms |', '-1 351ms |'],
    ['does not restart what was removed', 'always', 'sd 50ms r 300ms |', '-1 351ms |'],
    ['is not put off by an end told of twice', 'always', 'sd 50ms d 300ms |', '-1 99ms a 251ms |'],
    ['finishes a wait though nothing more comes', 'always', 'sd|', '-1 99ms (a|)'],
    ['does not wait any longer after an error', 'always', 'sd 50ms #', '-1 50ms #'],
  ];

  it.each(CASES)('%s', (_, policy, input, expected) => {
    marbles(({ hot, expectObservable }, scheduler) => {
      const verdict = hot(input, changes).pipe(restartsBy(parseRestartPolicy(policy), scheduler));
      expectObservable(verdict).toBe(expected, verdicts);
    })();
  });

  it('continues with the restarts that an earlier subscription left', () => {
    const kept: Restarts[] = [];
    const from: Restarts = { ...NO_RESTARTS, count: 3, delay: 400, next: 'due' };
    const left = (input: string, expected: string): void =>
      marbles(({ hot, cold, expectObservable }, scheduler) => {
        const options = { from, wait: cold('50ms x'), onChange: (now: Restarts) => void kept.push(now) };
        const always = restartsBy({ name: 'always' }, scheduler, options);
        expectObservable(hot(input, changes).pipe(always)).toBe(expected, {
          w: { kind: 'wait', count: 3, delay: 400 },
          r: { kind: 'restart', count: 3, delay: 400 },
          n: { kind: 'wait', count: 4, delay: 800 },
          b: { kind: 'restart', count: 4, delay: 800 },
        });
      })();
    left('60ms sd 900ms |', 'w 49ms r 10ms n 799ms b 100ms |');
    expect(kept.map(({ count, next }) => `${count} ${next}`)).toEqual([
      ...['3 begun', '3 nothing', '4 due', '4 begun'],
    ]);
    // Somebody starts it during the wait.
    left('20ms s 100ms |', 'w 120ms |');
    expect(kept.at(-1)).toEqual({ ...NO_RESTARTS, startedAt: 0n });
  });

  it('leaves no timer behind without a subscriber', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source = hot('sd 300ms |', changes);
      const subs = '      ^- 50ms !';
      expectObservable(source.pipe(restartsBy({ name: 'always' }, scheduler)), subs).toBe('-1', verdicts);
      expectSubscriptions(source.subscriptions).toBe(subs);
    })();
  });

  it('makes of a crash loop a restart a minute', () => {
    const scheduler = new VirtualTimeScheduler(undefined, 15 * 60_000);
    const changes = new Subject<RunChange>();
    const restarts: number[] = [];
    const run = (): void => {
      changes.next({ kind: 'start', at: instant.fromMillis(scheduler.now()) });
      scheduler.schedule(() =>
        changes.next({ kind: 'die', at: instant.fromMillis(scheduler.now()), exitCode: 1 }),
      );
    };
    changes.pipe(restartsBy({ name: 'always' }, scheduler)).subscribe(({ kind }) => {
      if (kind !== 'restart') return;
      restarts.push(scheduler.now());
      run();
    });
    run();
    scheduler.flush();
    const waits = restarts.map((at, i) => at - (restarts[i - 1] ?? 0));
    expect(waits.slice(0, 10)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200]);
    expect(waits.slice(10)).toEqual(Array.from({ length: 13 }, () => 60_000));
  });

  it('starts over after a run of 10 s', () => {
    const good = { s: start(0n), d: die(1, 10n * SECOND), e: die(1, 10n * SECOND - 1n) };
    marbles(({ hot, expectObservable }, scheduler) => {
      const always = restartsBy({ name: 'always' }, scheduler);
      expectObservable(hot('sd 100ms sd 100ms s|', good).pipe(always)).toBe('-1 99ms a-x 99ms y-|', {
        ...verdicts,
        x: { kind: 'wait', count: 2, delay: 100 },
        y: { kind: 'restart', count: 2, delay: 100 },
      });
      expectObservable(hot('se 100ms se 200ms s|', good).pipe(always)).toBe(
        '-1 99ms a-2 199ms b-|',
        verdicts,
      );
    })();
  });
});
