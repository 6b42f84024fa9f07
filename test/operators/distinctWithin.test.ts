import fc from 'fast-check';
import { filter, from, NEVER, Subject } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type DistinctOptions, distinctWithin } from '../../operators/distinctWithin.ts';
import type { IncomingEvent } from '../../src/event.ts';
import { event } from '../support/events.ts';
import { marbles } from '../support/marbles.ts';
import { recorded } from '../support/recorded.ts';

const keyOf = (value: string): string => value;

describe('distinctWithin', () => {
  it(
    'lets each event through once',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -a-b-a-c-b-|');
      const subs = '        ^----------!';
      const expected = '    -a-b---c---|';
      expectObservable(source.pipe(distinctWithin({ keyOf }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'forgets the oldest when there are too many',
    marbles(({ hot, expectObservable }) => {
      const source = hot('  -a-b-a-c-a-b-|');
      const expected = '    -a-b---c-a-b-|';
      expectObservable(source.pipe(distinctWithin({ keyOf, count: 2 }))).toBe(expected);
    }),
  );

  it(
    'forgets after a time, which a repeat does not prolong',
    marbles(({ hot, expectObservable }, scheduler) => {
      const source = hot('  aaaaaaaaaaa|');
      const expected = '    a---a---a--|';
      expectObservable(source.pipe(distinctWithin({ keyOf, within: 3 }, scheduler))).toBe(expected);
      expectObservable(source.pipe(distinctWithin({ keyOf, within: 0 }, scheduler))).toBe('aaaaaaaaaaa|');
    }),
  );

  it(
    'passes an error on, and leaves the source when it is left',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const fails = hot(' aa#');
      const goesOn = hot('aab-');
      expectObservable(fails.pipe(distinctWithin({ keyOf }))).toBe('        a-#');
      expectObservable(goesOn.pipe(distinctWithin({ keyOf })), '--!').toBe('a-');
      expectSubscriptions(fails.subscriptions).toBe(' ^-!');
      expectSubscriptions(goesOn.subscriptions).toBe('^-!');
    }),
  );

  it(
    'remembers for each of its subscribers alone',
    marbles(({ hot, expectObservable }) => {
      const source = hot('  -a-a-|').pipe(distinctWithin({ keyOf }));
      expectObservable(source).toBe('     -a---|');
      expectObservable(source, '--^').toBe('---a-|');
    }),
  );

  it('takes what comes from inside its own subscriber', () => {
    const source = new Subject<number>();
    const seen: number[] = [];
    source.pipe(distinctWithin({ keyOf: (value: number) => value })).subscribe((value) => {
      seen.push(value);
      if (value < 3) for (const next of [value, value + 1]) source.next(next);
    });
    source.next(1);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('makes an error of what keyOf throws', () => {
    const errors: unknown[] = [];
    const source = new Subject<string>();
    const fails = (): never => {
      throw new Error('no key');
    };
    source.pipe(distinctWithin({ keyOf: fails })).subscribe({ error: (error) => errors.push(error) });
    source.next('a');
    expect(errors).toEqual([new Error('no key')]);
    expect(source.observed).toBe(false);
  });

  it('takes for the same what is the same in all that events say', () => {
    const one = event({ attributes: { a: '1', b: '2' } });
    const others: Partial<IncomingEvent>[] = [
      { timeNano: one.timeNano + 1n },
      { action: 'stop' },
      { type: 'network' },
      { id: 'other' },
      { name: 'other' },
      { attributes: { a: '1' } },
      { source: { engine: 'other' } },
    ];
    const all = [one, ...others.map((parts) => ({ ...one, ...parts }))];
    const seen: IncomingEvent[] = [];
    from([...all, ...all.map((each) => ({ ...each }))])
      .pipe(distinctWithin())
      .subscribe((each) => seen.push(each));
    expect(seen).toEqual(all);
  });

  it('drops no event that a real engine reported once', () => {
    const events = recorded('deaths');
    const again = events.map((each) => ({ ...each, seq: each.seq + events.length }));
    const seen: unknown[] = [];
    from([...events, ...again])
      .pipe(distinctWithin())
      .subscribe((each) => seen.push(each));
    expect(seen).toEqual(events);
  });

  it('also compares values that are not objects', () => {
    const seen: unknown[] = [];
    const values = ['1', 1, 1n, '1n', null, 'a'];
    from([...values, ...values])
      .pipe(distinctWithin())
      .subscribe((value) => seen.push(value));
    expect(seen).toEqual(['1', 1, 1n, null, 'a']);
  });

  it('is as a list that is looked through', () => {
    const steps = fc.array(fc.record({ value: fc.nat(4), wait: fc.nat(3) }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), fc.option(fc.nat(6)), (values, count, bound) => {
        let now = 0;
        const clock = { now: () => now, schedule: () => NEVER.subscribe() };
        const within = bound ?? Infinity;
        const source = new Subject<number>();
        const seen: number[] = [];
        source
          .pipe(distinctWithin({ keyOf: (value: number) => value, count, within }, clock))
          .subscribe((value) => seen.push(value));
        const model: number[] = [];
        let memory: { value: number; at: number }[] = [];
        for (const { value, wait } of values) {
          now += wait;
          if (!memory.some((one) => one.value === value && now - one.at <= within)) {
            model.push(value);
            memory = [...memory.filter((one) => one.value !== value), { value, at: now }].slice(-count);
          }
          source.next(value);
        }
        expect(seen).toEqual(model);
      }),
    );
  });

  it.each<[DistinctOptions<unknown>, string]>([
    [{ count: 0 }, 'invalid count 0: a whole number, 1 or more'],
    [{ count: NaN }, 'invalid count NaN: a whole number, 1 or more'],
    [{ within: -1 }, 'invalid within -1: a number of milliseconds, 0 or more'],
    [{ within: NaN }, 'invalid within NaN: a number of milliseconds, 0 or more'],
  ])('refuses %o at the call', (options, message) => {
    expect(() => distinctWithin(options)).toThrow(new RangeError(message));
  });

  it('takes anything, and tells what a key is made of', () => {
    new Subject<{ mine: 1 }>()
      .pipe(distinctWithin({ keyOf: ({ mine }) => mine }))
      .subscribe((value) => expectTypeOf(value).toEqualTypeOf<{ mine: 1 }>());
    new Subject<IncomingEvent>()
      .pipe(
        filter(({ action }) => action === 'die'),
        distinctWithin({ keyOf: ({ id }) => id, within: 5 }),
      )
      .subscribe((value) => expectTypeOf(value).toEqualTypeOf<IncomingEvent>());
    // @ts-expect-error -- has no such property
    new Subject<{ mine: 1 }>().pipe(distinctWithin({ keyOf: ({ yours }) => yours }));
  });
});
