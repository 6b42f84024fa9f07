import fc from 'fast-check';
import {
  defer,
  from,
  map,
  type OperatorFunction,
  type SchedulerLike,
  Subject,
  take,
  VirtualTimeScheduler,
} from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { inOrder, type OrderOptions } from '../../operators/inOrder.ts';
import { marbles } from '../support/marbles.ts';

interface At {
  readonly timeNano: bigint;
  readonly n: number;
}

/**
 * Letters whose time is their place in the alphabet; a capital comes as late as the letter, but is
 * another event.
 */
const values: Record<string, At> = Object.fromEntries(
  Array.from('abcdefgABCDEFG', (letter, n) => [letter, { timeNano: BigInt(n % 7), n }]),
);
const ordered = Object.fromEntries(
  Object.entries(values).flatMap(([letter, event]) => [
    [letter, { event, lateBy: 0n }],
    ['123456'.charAt(Number(event.timeNano) - 1), { event, lateBy: 0n }],
  ]),
);
const late = (letter: string, lateBy: bigint): Marked => ({ event: values[letter]!, lateBy });

/** An event as it is emitted, and by how much it was reported to be late. */
interface Marked {
  readonly event: At;
  readonly lateBy: bigint;
}

function marked(options: OrderOptions<At>, scheduler: SchedulerLike): OperatorFunction<At, Marked> {
  return (source) =>
    defer(() => {
      let lateBy = 0n;
      const onLate = (_: At, by: bigint): void => void (lateBy = by);
      return source.pipe(
        inOrder({ ...options, onLate, scheduler }),
        map((event) => {
          const one = { event, lateBy };
          lateBy = 0n;
          return one;
        }),
      );
    });
}

describe('inOrder', () => {
  it(
    'puts in order what comes within the slack, and delays by it',
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source = hot('  -a--c-b--- 5ms d|', values);
      const subs = '        ^--------- 5ms -!';
      const expected = '    ----a--(bc) 5ms (d|)';
      expectObservable(source.pipe(marked({ slack: 3 }, scheduler))).toBe(expected, ordered);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'lets an earlier one go with the later one that came first',
    marbles(({ hot, expectObservable }, scheduler) => {
      const source = hot('  cba-----|', values);
      const expected = '    ---(abc)|';
      expectObservable(source.pipe(marked({ slack: 3 }, scheduler))).toBe(expected, ordered);
    }),
  );

  it(
    'marks what comes too late, and drops nothing',
    marbles(({ hot, expectObservable }, scheduler) => {
      const source = hot('  -d--b-c-|', values);
      const expected = '    ---db-c-|';
      const result = source.pipe(marked({ slack: 2 }, scheduler));
      expectObservable(result).toBe(expected, {
        ...ordered,
        b: late('b', 2n),
        c: late('c', 1n),
      });
    }),
  );

  it(
    'leaves events of the same time in the order in which they came',
    marbles(({ hot, expectObservable }, scheduler) => {
      const source = hot('  bBa-----|', values);
      const expected = '    ---(abB)|';
      expectObservable(source.pipe(marked({ slack: 3 }, scheduler))).toBe(expected, ordered);
    }),
  );

  it(
    'takes what comes at once, in order, with no slack at all',
    marbles(({ hot, expectObservable }, scheduler) => {
      const source = hot('  -(cba)--|', values);
      const expected = '    -(abc)--|';
      expectObservable(source.pipe(marked({ slack: 0 }, scheduler))).toBe(expected, ordered);
    }),
  );

  it(
    'lets the earliest go before its time when too many wait',
    marbles(({ hot, expectObservable }, scheduler) => {
      const source = hot('  -cba----|', values);
      const expected = '    --bx-c--|';
      expectObservable(source.pipe(marked({ slack: 4, limit: 1 }, scheduler))).toBe(expected, {
        ...ordered,
        x: late('a', 1n),
      });
    }),
  );

  it(
    'gives what is held before an end, completed or failed',
    marbles(({ hot, expectObservable }, scheduler) => {
      const completes = hot('-cb|', values);
      const fails = hot('    -cb#', values);
      expectObservable(completes.pipe(marked({ slack: 9 }, scheduler))).toBe('---(bc|)', ordered);
      expectObservable(fails.pipe(marked({ slack: 9 }, scheduler))).toBe('    ---(bc#)', ordered);
    }),
  );

  it(
    'leaves the source when it is left',
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source = hot('  -a-b-', values);
      const unsub = '       ----!';
      expectObservable(source.pipe(marked({ slack: 2 }, scheduler)), unsub).toBe('---a', ordered);
      expectSubscriptions(source.subscriptions).toBe('^---!');
    }),
  );

  it('leaves no timer behind when it is left, also from inside its own subscriber', () => {
    const clock = new VirtualTimeScheduler();
    const source = new Subject<At>();
    const left = source.pipe(marked({ slack: 5 }, clock)).subscribe();
    source.pipe(marked({ slack: 5 }, clock), take(1)).subscribe();
    for (const letter of 'bac') source.next(values[letter]!);
    left.unsubscribe();
    // One timer of the operator, and one that measures the time.
    expect(clock.actions).toHaveLength(2);
    clock.flush();
    expect(source.observed).toBe(false);
    expect(clock.actions).toEqual([]);
  });

  it('leaves no timer behind when its subscriber leaves inside next while events wait', () => {
    const clock = new VirtualTimeScheduler();
    const source = new Subject<At>();
    source.pipe(inOrder({ slack: 5, scheduler: clock }), take(1)).subscribe();
    source.next(values['a']!);
    clock.maxFrames = 3;
    clock.flush();
    source.next(values['g']!);
    clock.maxFrames = 6;
    clock.flush();
    expect(source.observed).toBe(false);
    expect(clock.actions).toEqual([]);
  });

  it('emits the events themselves, and takes its scheduler behind the options too', () => {
    const clock = new VirtualTimeScheduler();
    const seen: At[] = [];
    from([values['b']!, values['a']!])
      .pipe(inOrder({ slack: 5 }, clock))
      .subscribe((event) => seen.push(event));
    expect(seen).toEqual([values['a'], values['b']]);
    expect(seen[0]).toBe(values['a']);
  });

  it('takes what comes from inside its own subscriber', () => {
    const clock = new VirtualTimeScheduler();
    const source = new Subject<At>();
    const seen: (readonly [bigint, bigint])[] = [];
    source.pipe(marked({ slack: 5 }, clock)).subscribe(({ event, lateBy }) => {
      seen.push([event.timeNano, lateBy]);
      if (seen.length === 1) for (const letter of 'adf') source.next(values[letter]!);
    });
    for (const letter of 'bce') source.next(values[letter]!);
    clock.flush();
    expect(seen).toEqual([
      [1n, 0n],
      [0n, 1n],
      [2n, 0n],
      [3n, 0n],
      [4n, 0n],
      [5n, 0n],
    ]);
  });

  it.each([-3_600_000, -3, 3, 3_600_000])(
    'lets nothing wait for long when the clock is set by %d ms',
    (step) => {
      const elapsed = new VirtualTimeScheduler();
      let offset = 0;
      const clock = { now: () => elapsed.now() + offset, schedule: elapsed.schedule.bind(elapsed) };
      const source = new Subject<At>();
      const seen: number[] = [];
      source.pipe(marked({ slack: 5 }, clock)).subscribe(() => seen.push(elapsed.now()));
      for (let ms = 0; ms < 20; ms++) {
        elapsed.schedule(() => source.next({ timeNano: BigInt(ms), n: ms }), ms);
      }
      elapsed.schedule(() => (offset = step), 7.5);
      elapsed.flush();
      expect(seen).toHaveLength(20);
      seen.forEach((at, sent) => {
        expect(at - sent).toBeGreaterThanOrEqual(0);
        expect(at - sent).toBeLessThanOrEqual(10);
      });
    },
  );

  it('is as a list that is sorted and cut, each millisecond', () => {
    const steps = fc.array(fc.array(fc.bigInt(0n, 9n), { maxLength: 3 }), { maxLength: 30 });
    fc.assert(
      fc.property(steps, fc.nat(5), fc.integer({ min: 1, max: 6 }), (arrivals, slack, limit) => {
        const clock = new VirtualTimeScheduler();
        const source = new Subject<At>();
        const seen: string[] = [];
        source
          .pipe(marked({ slack, limit }, clock))
          .subscribe(({ event, lateBy }) => seen.push(`${event.n} ${lateBy} ${clock.now()}`));
        const model: string[] = [];
        let held: { timeNano: bigint; n: number; ms: number }[] = [];
        let newest = 0n;
        let n = 0;
        const release = (ms: number, which: (one: At & { ms: number }) => boolean): void => {
          for (const one of held.filter(which)) model.push(`${one.n} 0 ${ms}`);
          newest = held.filter(which).at(-1)?.timeNano ?? newest;
          held = held.filter((one) => !which(one));
        };
        const end = arrivals.length + slack;
        for (let ms = 0; ms <= end; ms++) {
          for (const timeNano of arrivals[ms] ?? []) {
            const one = { timeNano, n: n++ };
            clock.schedule(() => source.next(one), ms);
            if (timeNano < newest) model.push(`${one.n} ${newest - timeNano} ${ms}`);
            else
              held = [...held, { ...one, ms }].sort((x, y) => Number(x.timeNano - y.timeNano) || x.n - y.n);
            if (held.length > limit) release(ms, (each) => each === held[0]);
          }
          const due = held.filter((one) => one.ms + slack <= ms).map(({ timeNano }) => Number(timeNano));
          release(ms, ({ timeNano }) => Number(timeNano) <= Math.max(-1, ...due));
        }
        clock.flush();
        expect(seen).toEqual(model);
      }),
    );
  });

  it('gives everything once, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt()), (times) => {
        const seen: Marked[] = [];
        const events = times.map((timeNano, n) => ({ timeNano, n }));
        from(events)
          .pipe(marked({ slack: 1, limit: 3 }, new VirtualTimeScheduler()))
          .subscribe((one) => seen.push(one));
        expect(seen.map(({ event }) => event.n).sort((a, b) => a - b)).toEqual(events.map(({ n }) => n));
        const inTime = seen.filter(({ lateBy }) => lateBy === 0n).map(({ event }) => event.timeNano);
        expect(inTime).toEqual([...inTime].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
      }),
    );
  });

  it.each<[OrderOptions<At>, string]>([
    [{ slack: -1 }, 'invalid slack -1: a number of milliseconds, 0 or more'],
    [{ slack: NaN }, 'invalid slack NaN: a number of milliseconds, 0 or more'],
    [{ slack: 1, limit: 0 }, 'invalid limit 0: a whole number, 1 or more'],
  ])('refuses %o at the call', (options, message) => {
    expect(() => inOrder(options)).toThrow(new RangeError(message));
  });

  it('keeps the type of the events', () => {
    new Subject<At>()
      .pipe(inOrder({ slack: 1 }))
      .subscribe((value) => expectTypeOf(value).toEqualTypeOf<At>());
    // @ts-expect-error -- needs a time
    new Subject<{ name: string }>().pipe(inOrder({ slack: 1 }));
    // @ts-expect-error -- there is no slack that is right for all
    expect(() => inOrder({})).toThrow(RangeError);
  });
});
