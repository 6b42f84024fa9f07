import fc from 'fast-check';
import { from, NEVER, Subject, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Filters } from '../../operators/filters.ts';
import {
  matchSequence,
  type SequenceOptions,
  type Step,
  type SequenceResult,
} from '../../operators/matchSequence.ts';
import { event } from '../support/events.ts';
import { marbles } from '../support/marbles.ts';

type Event = ReturnType<typeof event>;

const events = {
  c: event({ action: 'create' }),
  s: event({ action: 'start' }),
  d: event({ action: 'die', attributes: { exitCode: '1' } }),
  o: event({ action: 'oom' }),
};
const steps: Step<Event>[] = [{ event: ['start'] }, ({ action }) => action === 'die'];

const verdicts: Record<string, SequenceResult<Event>> = {
  m: { met: true, events: [events.s, events.d] },
  0: { met: false, events: [], missing: 0, reason: 'timeout' },
  1: { met: false, events: [events.s], missing: 1, reason: 'timeout' },
  e: { met: false, events: [events.s], missing: 1, reason: 'ended' },
  n: { met: false, events: [events.s], missing: 1, reason: 'never', event: events.o },
};

describe('matchSequence', () => {
  it(
    'says by which events it was met, and is done',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -c-s-o-d-s-', events);
      const subs = '        ^------!';
      const expected = '    -------(m|)';
      expectObservable(source.pipe(matchSequence(steps))).toBe(expected, verdicts);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'says what was missing when the time is over',
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source = hot('  -c-s-d--', events);
      const subs = ['       ^-!', '^---!', '^----!'];
      const within = (ms: number): ReturnType<typeof matchSequence<Event>> =>
        matchSequence(steps, { within: ms }, scheduler);
      expectObservable(source.pipe(within(2))).toBe('--(0|)', verdicts);
      expectObservable(source.pipe(within(4))).toBe('----(1|)', verdicts);
      expectObservable(source.pipe(within(6))).toBe('-----(m|)', verdicts);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'says what was missing when the source completes',
    marbles(({ hot, expectObservable }, scheduler) => {
      const source = hot('  -d-s-|', events);
      const expected = '    -----(e|)';
      expectObservable(source.pipe(matchSequence(steps, { within: 9 }, scheduler))).toBe(expected, verdicts);
    }),
  );

  it(
    'says that something came which must not',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -s-o-d-', events);
      const subs = '        ^--!';
      const expected = '    ---(n|)';
      const pattern = matchSequence<Event>(steps, { never: { event: ['oom'] } });
      expectObservable(source.pipe(pattern)).toBe(expected, verdicts);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'takes as what must not come what would have been a step as well',
    marbles(({ hot, expectObservable }) => {
      const source = hot('  -s-d-', events);
      const expected = '    ---(x|)';
      const never = { 'exitCode!': ['0'] };
      expectObservable(source.pipe(matchSequence<Event>(steps, { never }))).toBe(expected, {
        x: { met: false, events: [events.s], missing: 1, reason: 'never', event: events.d },
      });
    }),
  );

  it(
    'passes an error on, and leaves the source when it is left',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const fails = hot(' -s-#', events);
      const goesOn = hot('-s---', events);
      expectObservable(fails.pipe(matchSequence(steps))).toBe('---#');
      expectObservable(goesOn.pipe(matchSequence(steps)), '--!').toBe('--');
      expectSubscriptions(fails.subscriptions).toBe(' ^--!');
      expectSubscriptions(goesOn.subscriptions).toBe('^-!');
    }),
  );

  it('is in time with the values of a replay, even with a time of 0', () => {
    const clock = new VirtualTimeScheduler();
    const seen: boolean[] = [];
    from([events.s, events.d])
      .pipe(matchSequence(steps, { within: 0 }, clock))
      .subscribe(({ met }) => seen.push(met));
    NEVER.pipe(matchSequence(steps, { within: 0 }, clock)).subscribe(({ met }) => seen.push(met));
    clock.flush();
    expect(seen).toEqual([true, false]);
  });

  it('waits beyond the 2^31 ms of a timer, and leaves none behind', () => {
    const clock = new VirtualTimeScheduler();
    const times: number[] = [];
    NEVER.pipe(matchSequence(steps, { within: 2 ** 32 }, clock)).subscribe(() => times.push(clock.now()));
    clock.flush();
    expect(times).toEqual([2 ** 32]);
    from([events.s, events.d])
      .pipe(matchSequence(steps, { within: 5 }, clock))
      .subscribe();
    NEVER.pipe(matchSequence(steps, { within: 5 }, clock))
      .subscribe()
      .unsubscribe();
    NEVER.pipe(matchSequence(steps)).subscribe();
    expect(clock.actions).toEqual([]);
  });

  it('gives one verdict, even if that makes the source emit more', () => {
    const source = new Subject<Event>();
    const seen: unknown[] = [];
    source.pipe(matchSequence(steps)).subscribe(({ met }) => {
      seen.push(met);
      for (const each of [events.s, events.d]) source.next(each);
    });
    for (const each of [events.s, events.d]) source.next(each);
    expect(seen).toEqual([true]);
    expect(source.observed).toBe(false);
  });

  it('turns an exception of a step into an error', () => {
    const errors: unknown[] = [];
    const throws = (): never => {
      throw new Error('no answer');
    };
    from([events.s])
      .pipe(matchSequence<Event>([throws]))
      .subscribe({ error: (error) => errors.push(error) });
    expect(errors).toEqual([new Error('no answer')]);
  });

  it('is met when some events in this order meet the steps, and only then', () => {
    const word = fc.constantFrom('a', 'b', 'c');
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 12 }),
        fc.array(word, { minLength: 1, maxLength: 4 }),
        (all, asked) => {
          const verdicts: boolean[] = [];
          from(all.map((action) => event({ action })))
            .pipe(matchSequence(asked.map((action) => ({ event: [action] }))))
            .subscribe(({ met }) => verdicts.push(met));
          expect(verdicts).toEqual([new RegExp(asked.join('.*')).test(all.join(''))]);
        },
      ),
    );
  });

  it.each<[unknown, SequenceOptions<Event>, string]>([
    [[], {}, 'invalid steps : a list of one or more, each filters or a function'],
    ['start', {}, 'invalid steps "start": a list of one or more, each filters or a function'],
    [['start'], {}, `invalid step "start": filters such as { event: ['die'] }, or a function`],
    [[['start']], {}, `invalid step start: filters such as { event: ['die'] }, or a function`],
    [[null], {}, `invalid step null: filters such as { event: ['die'] }, or a function`],
    [steps, { within: -1 }, 'invalid within -1: a number of milliseconds, 0 or more'],
    [steps, { within: NaN }, 'invalid within NaN: a number of milliseconds, 0 or more'],
  ])('refuses %j, %o at the call', (given, options, message) => {
    expect(() => matchSequence(given as Step<Event>[], options)).toThrow(new RangeError(message));
  });

  it('refuses invalid filters at the call', () => {
    const unknown = { colour: ['red'] } as Filters;
    expect(() => matchSequence([unknown])).toThrow('unknown filter "colour"');
    expect(() => matchSequence(steps, { never: unknown })).toThrow('unknown filter "colour"');
  });

  it('keeps the type of the events', () => {
    new Subject<Event & { mine: 1 }>()
      .pipe(matchSequence([({ mine }) => mine === 1]))
      .subscribe((verdict) => {
        expectTypeOf(verdict).toEqualTypeOf<SequenceResult<Event & { mine: 1 }>>();
        if (!verdict.met) expectTypeOf(verdict.reason).toEqualTypeOf<'timeout' | 'ended' | 'never'>();
      });
    // @ts-expect-error -- a step is a list of values for each key
    expect(() => matchSequence([{ event: 'die' }])).toThrow(RangeError);
  });
});
