import { asyncScheduler, concat, NEVER, of, type SchedulerLike, Subject, VirtualTimeScheduler } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { takeUntilTime } from '../../operators/takeUntilTime.ts';
import { timeWindow } from '../../operators/timeWindow.ts';
import { marbles } from '../support/marbles.ts';

/** Milliseconds as nanoseconds. */
const ms = (count: number): bigint => BigInt(count) * 1_000_000n;

describe('takeUntilTime', () => {
  it(
    'completes on the millisecond',
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source = hot('  -a--b--c--d--|');
      const subs = '        ^-------!';
      const expected = '    -a--b--c|';
      expectObservable(source.pipe(takeUntilTime(ms(8), scheduler))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'delivers what comes on that millisecond, before the end',
    marbles(({ hot, expectObservable }, scheduler) => {
      const source = hot('  -a--b--c--d--|');
      const expected = '    -a--b--(c|)';
      expectObservable(source.pipe(takeUntilTime(ms(7), scheduler))).toBe(expected);
    }),
  );

  it(
    'rounds up to the millisecond: never early',
    marbles(({ hot, expectObservable }, scheduler) => {
      const source = hot('                                       -a--b--c--d--|');
      expectObservable(source.pipe(takeUntilTime(ms(7) + 1n, scheduler))).toBe('-a--b--c|');
      expectObservable(source.pipe(takeUntilTime(ms(8) - 1n, scheduler))).toBe('-a--b--c|');
    }),
  );

  it(
    'looks at the clock more than once on the way',
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source = hot('  -a 5s b 5s c|');
      const subs = '        ^ 7999ms !';
      const expected = '    -a 5s b 2997ms |';
      expectObservable(source.pipe(takeUntilTime(ms(8000), scheduler))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'gives a synchronous replay, then the end, when the time has passed',
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const live = hot('    -a--b--|');
      const subs = '        (^!)';
      const expected = '    (xy|)';
      expectObservable(concat(of('x', 'y'), live).pipe(takeUntilTime(0n, scheduler))).toBe(expected);
      expectSubscriptions(live.subscriptions).toBe(subs);
    }),
  );

  it(
    'ends with its source, completed or failed',
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const completes = hot('-a-|');
      const fails = hot('    -a-#');
      expectObservable(completes.pipe(takeUntilTime(ms(9), scheduler))).toBe('-a-|');
      expectObservable(fails.pipe(takeUntilTime(ms(9), scheduler))).toBe('-a-#');
      expectSubscriptions(completes.subscriptions).toBe('^--!');
      expectSubscriptions(fails.subscriptions).toBe('    ^--!');
    }),
  );

  it(
    'leaves the source when it is left',
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source = hot('-a--b--c--');
      const unsub = '     -----!';
      expectObservable(source.pipe(takeUntilTime(ms(9), scheduler)), unsub).toBe('-a--b');
      expectSubscriptions(source.subscriptions).toBe('^----!');
    }),
  );

  it('delivers nothing of what its own end brings about', () => {
    const clock = new VirtualTimeScheduler();
    const source = new Subject<string>();
    const seen: string[] = [];
    source.pipe(takeUntilTime(ms(3), clock)).subscribe({
      next: (value) => seen.push(value),
      complete: () => source.next('after the end'),
    });
    source.next('before');
    clock.flush();
    expect(seen).toEqual(['before']);
    expect(source.observed).toBe(false);
  });

  it('can be left from inside its own subscriber', () => {
    const clock = new VirtualTimeScheduler();
    const source = new Subject<string>();
    const subscription = source.pipe(takeUntilTime(ms(3), clock)).subscribe(() => subscription.unsubscribe());
    source.next('a');
    expect(source.observed).toBe(false);
    expect(clock.actions).toEqual([]);
  });

  it('waits beyond the 2^31 ms of a timer, never asking for a longer one', () => {
    const elapsed = new VirtualTimeScheduler();
    let longest = 0;
    const clock: SchedulerLike = {
      now: () => elapsed.now(),
      schedule: (...args: Parameters<SchedulerLike['schedule']>) => {
        longest = Math.max(longest, args[1] ?? 0);
        return elapsed.schedule(...args);
      },
    };
    const until = 2 ** 31 + 10_000;
    let ended = -1;
    NEVER.pipe(takeUntilTime(ms(until), clock)).subscribe({ complete: () => (ended = clock.now()) });
    elapsed.flush();
    expect(ended).toBe(until);
    expect(longest).toBe(1000);
  });

  it('has no farthest time', () => {
    const clock = new VirtualTimeScheduler();
    const subscription = NEVER.pipe(takeUntilTime(10n ** 400n, clock)).subscribe();
    expect(clock.actions).toHaveLength(1);
    subscription.unsubscribe();
    expect(clock.actions).toEqual([]);
  });

  describe('when the clock is set', () => {
    /** A clock that can be set apart from the time that passes. */
    function adjustable(): { clock: SchedulerLike; pass(ms: number): void; set(by: number): void } {
      const elapsed = new VirtualTimeScheduler();
      let offset = 0;
      return {
        clock: {
          now: () => elapsed.now() + offset,
          schedule: elapsed.schedule.bind(elapsed),
        },
        pass: (ms) => {
          elapsed.maxFrames = elapsed.frame + ms;
          elapsed.flush();
          elapsed.frame = elapsed.maxFrames;
        },
        set: (by) => (offset += by),
      };
    }
    const HOUR = 3_600_000;

    it('back an hour, waits until it gets there again', () => {
      const { clock, pass, set } = adjustable();
      const complete = vi.fn<() => void>();
      NEVER.pipe(takeUntilTime(ms(10_000), clock)).subscribe({ complete });
      pass(5_000);
      set(-HOUR);
      pass(HOUR + 4_999);
      expect(complete).not.toHaveBeenCalled();
      pass(1);
      expect(complete).toHaveBeenCalledOnce();
    });

    it('back by a millisecond, or when a timer is early, does not end early', () => {
      const { clock, pass, set } = adjustable();
      const complete = vi.fn<() => void>();
      NEVER.pipe(takeUntilTime(ms(500), clock)).subscribe({ complete });
      set(-1);
      pass(500);
      expect(complete).not.toHaveBeenCalled();
      pass(1);
      expect(complete).toHaveBeenCalledOnce();
    });

    it('forward an hour, ends within a second', () => {
      const { clock, pass, set } = adjustable();
      const complete = vi.fn<() => void>();
      NEVER.pipe(takeUntilTime(ms(HOUR), clock)).subscribe({ complete });
      pass(500);
      set(HOUR);
      expect(complete).not.toHaveBeenCalled();
      pass(1_000);
      expect(complete).toHaveBeenCalledOnce();
    });

    it('forward, but not to the end, ends on time', () => {
      const { clock, pass, set } = adjustable();
      const complete = vi.fn<() => void>();
      NEVER.pipe(takeUntilTime(ms(2 * HOUR), clock)).subscribe({ complete });
      set(HOUR);
      pass(HOUR - 1);
      expect(complete).not.toHaveBeenCalled();
      pass(1);
      expect(complete).toHaveBeenCalledOnce();
    });
  });

  describe('by the wall clock', () => {
    beforeEach(() => {
      vi.useFakeTimers({ now: 1_700_000_000_000 });
    });
    afterEach(() => {
      vi.useRealTimers();
    });
    const until = ms(1_700_000_003_000);

    it('ends when that gets there', () => {
      const complete = vi.fn<() => void>();
      NEVER.pipe(takeUntilTime(until)).subscribe({ complete });
      vi.advanceTimersByTime(2_999);
      expect(complete).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(complete).toHaveBeenCalledOnce();
    });

    it.each([
      ['its own end', () => vi.advanceTimersByTime(3_000)],
      ['completion', (source: Subject<number>) => source.complete()],
      ['an error', (source: Subject<number>) => source.error(new Error('failed'))],
      ['unsubscribing', (_: Subject<number>, leave: () => void) => leave()],
    ])('leaves no timer behind after %s', (_, end) => {
      const source = new Subject<number>();
      const subscription = source.pipe(takeUntilTime(until, asyncScheduler)).subscribe({ error: () => {} });
      vi.advanceTimersByTime(1_500);
      expect(vi.getTimerCount()).toBe(1);
      end(source, () => subscription.unsubscribe());
      expect(vi.getTimerCount()).toBe(0);
      expect(source.observed).toBe(false);
    });

    it('sets no timer for a source that ends at once, or a time that has passed', () => {
      of(1).pipe(takeUntilTime(until)).subscribe();
      NEVER.pipe(takeUntilTime(0n)).subscribe();
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  it(
    'ends a window when there can be no more of it',
    marbles(({ hot, expectObservable }, scheduler) => {
      const at = (letters: string): Record<string, { timeNano: bigint }> =>
        Object.fromEntries(
          Array.from(letters, (letter) => [letter, { timeNano: ms(letter.charCodeAt(0) - 97) }]),
        );
      const source = hot('  abcdefghij', at('abcdefghij'));
      const expected = '    --cdef(g|)';
      const window = source.pipe(timeWindow({ since: ms(2), until: ms(6) }), takeUntilTime(ms(6), scheduler));
      expectObservable(window).toBe(expected, at('abcdefghij'));
    }),
  );

  it('refuses other values than instants, at the call', () => {
    // @ts-expect-error -- milliseconds as a number are not what it takes
    expect(() => takeUntilTime(NaN)).toThrow(
      new RangeError('invalid until NaN: a bigint, nanoseconds since the Unix epoch'),
    );
  });
});
