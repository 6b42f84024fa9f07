import { Subject } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { byFilters } from '../../operators/byFilters.ts';
import type { IncomingEvent } from '../../src/event.ts';
import { event } from '../support/events.ts';
import { marbles } from '../support/marbles.ts';

const values = {
  a: event({ action: 'start' }),
  b: event({ action: 'die', attributes: { exitCode: '0' } }),
  c: event({ action: 'die', attributes: { exitCode: '137' } }),
  d: event({ type: 'network', action: 'connect' }),
};

describe('byFilters', () => {
  it(
    'lets through what the filters select',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -a-b-c-d-|', values);
      const subs = '        ^--------!';
      const result = source.pipe(byFilters({ event: ['die'], 'exitCode>': ['0'] }));
      expectObservable(result).toBe('-----c---|', values);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'lets through what they do not exclude',
    marbles(({ cold, expectObservable }) => {
      const source = cold('-a-b-c-d-|', values);
      const expected = '   -------d-|';
      expectObservable(source.pipe(byFilters({ 'type!': ['container'] }))).toBe(expected, values);
    }),
  );

  it(
    'passes an error on, and leaves the source when it is left',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const fails = hot('  -a-#', values);
      const goesOn = hot(' -a-a-a', values);
      const unsub = '      --!';
      expectObservable(fails.pipe(byFilters({ event: ['start'] }))).toBe('-a-#', values);
      expectObservable(goesOn.pipe(byFilters({})), unsub).toBe('-a', values);
      expectSubscriptions(goesOn.subscriptions).toBe('^-!');
    }),
  );

  it('takes what comes from inside its own subscriber', () => {
    const source = new Subject<IncomingEvent>();
    const seen: string[] = [];
    source.pipe(byFilters({ event: ['die'] })).subscribe(({ action }) => {
      seen.push(action);
      if (seen.length < 3) for (const next of [values.a, values.b]) source.next(next);
    });
    source.next(values.b);
    expect(seen).toEqual(['die', 'die', 'die']);
  });

  it('refuses a bad filter at the call', () => {
    // @ts-expect-error -- a typo does not compile
    expect(() => byFilters({ evnt: ['die'] })).toThrow(/unknown filter "evnt": keys are action,/);
  });

  it('keeps the type of what passes', () => {
    new Subject<IncomingEvent>()
      .pipe(byFilters({ event: ['die'] }))
      .subscribe((value) => expectTypeOf(value).toEqualTypeOf<IncomingEvent>());
    // @ts-expect-error -- needs to say what happened
    new Subject<{ id: string }>().pipe(byFilters({ event: ['die'] }));
    // @ts-expect-error -- it takes lists of values
    expect(() => byFilters({ event: 'die' })).toThrow('invalid filter "event": "die" is not a list of texts');
  });
});
