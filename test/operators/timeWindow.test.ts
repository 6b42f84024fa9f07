import fc from 'fast-check';
import { from, Subject } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { timeWindow } from '../../operators/timeWindow.ts';
import { marbles } from '../support/marbles.ts';

/** Letters whose time is their place in the alphabet, in nanoseconds: a is 1. */
const values = Object.fromEntries(
  Array.from('abcdefg', (letter, i) => [letter, { timeNano: BigInt(i + 1) }]),
);

describe('timeWindow', () => {
  it(
    'lets through both ends and what is between',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -abcdefg-|', values);
      const subs = '        ^--------!';
      const expected = '    --bcd----|';
      const result = source.pipe(timeWindow({ since: 2n, until: 4n }));
      expectObservable(result).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'is open where an end is missing',
    marbles(({ cold, expectObservable }) => {
      const source = cold('-abcdefg-|', values);
      expectObservable(source.pipe(timeWindow({}))).toBe('-abcdefg-|', values);
      expectObservable(source.pipe(timeWindow({ since: 6n }))).toBe('------fg-|', values);
      expectObservable(source.pipe(timeWindow({ until: 1n }))).toBe('-a-------|', values);
    }),
  );

  it(
    'can be one nanosecond wide',
    marbles(({ cold, expectObservable }) => {
      const source = cold('-abcdefg-|', values);
      expectObservable(source.pipe(timeWindow({ since: 3n, until: 3n }))).toBe('---c-----|', values);
    }),
  );

  it(
    'selects by the time that events state, in whichever order they come',
    marbles(({ cold, expectObservable }) => {
      const source = cold('  -gafbec|', values);
      const expected = '     ---f-e-|';
      expectObservable(source.pipe(timeWindow({ since: 5n, until: 6n }))).toBe(expected, values);
    }),
  );

  it('compares nanoseconds where a number cannot', () => {
    const until = 2n ** 53n * 1000n;
    const passed: bigint[] = [];
    from([until - 1n, until, until + 1n].map((timeNano) => ({ timeNano })))
      .pipe(timeWindow({ since: until, until }))
      .subscribe(({ timeNano }) => passed.push(timeNano - until));
    expect(passed).toEqual([0n]);
  });

  it(
    'passes an error on',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-#', values);
      expectObservable(source.pipe(timeWindow({ since: 1n }))).toBe('-a-#', values);
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }),
  );

  it(
    'leaves the source when it is left',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b-c-', values);
      const unsub = '     ----!';
      expectObservable(source.pipe(timeWindow({ since: 1n })), unsub).toBe('-a-b', values);
      expectSubscriptions(source.subscriptions).toBe('^---!');
    }),
  );

  it('takes what comes from inside its own subscriber', () => {
    const source = new Subject<{ timeNano: bigint }>();
    const seen: bigint[] = [];
    source.pipe(timeWindow({ since: 0n, until: 3n })).subscribe(({ timeNano }) => {
      seen.push(timeNano);
      source.next({ timeNano: timeNano + 1n });
    });
    source.next({ timeNano: 0n });
    expect(seen).toEqual([0n, 1n, 2n, 3n]);
  });

  it('is as a loop over all events', () => {
    const instants = fc.bigInt(-5n, 5n);
    const ends = fc.record({ since: fc.option(instants), until: fc.option(instants) });
    fc.assert(
      fc.property(fc.array(instants), ends, (times, { since, until }) => {
        fc.pre(since === null || until === null || since <= until);
        const model: bigint[] = [];
        for (const time of times) {
          if (since !== null && time < since) continue;
          if (until !== null && time > until) continue;
          model.push(time);
        }
        const passed: bigint[] = [];
        from(times.map((timeNano) => ({ timeNano })))
          .pipe(timeWindow({ since: since ?? undefined, until: until ?? undefined }))
          .subscribe(({ timeNano }) => passed.push(timeNano));
        expect(passed).toEqual(model);
      }),
    );
  });

  it('refuses an end before its beginning, at the call', () => {
    expect(() => timeWindow({ since: 3n, until: 2n })).toThrow(
      new RangeError("'since' time cannot be after 'until' time (since 3 ns, until 2 ns)"),
    );
  });

  it('refuses other values than instants, at the call', () => {
    // @ts-expect-error -- a number has lost nanoseconds before it gets here
    expect(() => timeWindow({ since: NaN })).toThrow(
      'invalid since NaN: a bigint, nanoseconds since the Unix epoch',
    );
    // @ts-expect-error -- neither is a Date an instant
    expect(() => timeWindow({ until: new Date(0) })).toThrow('invalid until Thu Jan 01 1970');
  });

  it('keeps the type of what passes', () => {
    const source = new Subject<{ timeNano: bigint; mine: string }>();
    const result = source.pipe(timeWindow({ since: 1n }));
    result.subscribe((value) => expectTypeOf(value).toEqualTypeOf<{ timeNano: bigint; mine: string }>());
    // @ts-expect-error -- needs a time
    new Subject<{ name: string }>().pipe(timeWindow({ since: 1n }));
  });
});
