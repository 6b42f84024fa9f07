import { from, Subject } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Run, runs } from '../../operators/runs.ts';
import { event } from '../support/events.ts';
import { marbles } from '../support/marbles.ts';
import { recorded } from '../support/recorded.ts';

type Event = ReturnType<typeof event>;

const at = (ns: bigint, action: string, id = 'a', exitCode?: string): Event =>
  event({ id, name: id, action, timeNano: ns, attributes: exitCode === undefined ? {} : { exitCode } });

const events = {
  s: at(100n, 'start'),
  d: at(350n, 'die', 'a', '3'),
  x: at(200n, 'start', 'b'),
  y: at(900n, 'die', 'b', '0'),
  r: at(400n, 'destroy'),
  t: at(101n, 'top'),
  n: event({ type: 'network', action: 'start' }),
};

const ended = {
  d: { id: 'a', name: 'a', start: events.s, end: events.d, duration: 250n, exitCode: 3 },
  y: { id: 'b', name: 'b', start: events.x, end: events.y, duration: 700n, exitCode: 0 },
  o: { id: 'a', name: 'a', start: events.s, end: undefined, duration: undefined, exitCode: undefined },
  e: { id: 'a', name: 'a', start: undefined, end: events.d, duration: undefined, exitCode: 3 },
};

describe('runs', () => {
  it(
    'emits each run when it ends',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -s-x-t-n-d-y-|', events);
      const subs = '        ^------------!';
      const expected = '    ---------d-y-|';
      expectObservable(source.pipe(runs())).toBe(expected, ended);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'emits a run of which one end is missing as soon as that is clear',
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('-s---s-d-|', events).pipe(runs())).toBe('-----o-d-|', ended);
      expectObservable(hot('-s---r---|', events).pipe(runs())).toBe('-----o---|', ended);
      expectObservable(hot('-d---r---|', events).pipe(runs())).toBe('-e-------|', ended);
      expectObservable(hot('-s-d---d-|', events).pipe(runs())).toBe('---d---e-|', ended);
    }),
  );

  it(
    'gives up the longest run to make room',
    marbles(({ hot, expectObservable }) => {
      const source = hot('  -s-x-y-d-|', events);
      const expected = '    ---o-y-e-|';
      expectObservable(source.pipe(runs({ limit: 1 }))).toBe(expected, ended);
    }),
  );

  it(
    'passes an error on, and leaves the source when it is left',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const fails = hot(' sd#', events);
      const goesOn = hot('sdsd', events);
      const unsub = '     --!';
      expectObservable(fails.pipe(runs())).toBe('-d#', ended);
      expectObservable(goesOn.pipe(runs()), unsub).toBe('-d', ended);
      expectSubscriptions(fails.subscriptions).toBe(' ^-!');
      expectSubscriptions(goesOn.subscriptions).toBe('^-!');
    }),
  );

  it('takes what comes from inside its own subscriber', () => {
    const source = new Subject<Event>();
    const seen: (bigint | undefined)[] = [];
    source.pipe(runs()).subscribe(({ duration }) => {
      seen.push(duration);
      if (seen.length === 1) for (const each of [events.s, events.d]) source.next(each);
    });
    for (const each of [events.x, events.y]) source.next(each);
    expect(seen).toEqual([700n, 250n]);
  });

  it('follows each of its subscribers alone, and engines apart', () => {
    const source = new Subject<Event>();
    const shared = source.pipe(runs());
    const starts: unknown[] = [];
    shared.subscribe(({ start }) => starts.push(start));
    source.next(events.s);
    shared.subscribe(({ start }) => starts.push(start));
    source.next({ ...events.d, source: { engine: 'other' } });
    source.next(events.d);
    expect(starts).toEqual([undefined, undefined, events.s, undefined]);
  });

  it('takes the words of Podman', () => {
    const seen: unknown[] = [];
    from([at(1n, 'start'), event({ id: 'a', action: 'died', attributes: { containerExitCode: '2' } })])
      .pipe(runs())
      .subscribe(({ exitCode }) => seen.push(exitCode));
    expect(seen).toEqual([2]);
  });

  it('gives the same run times as Docker for a real crash loop', () => {
    const seen: Run<Event>[] = [];
    from(recorded('crash-loop'))
      .pipe(runs())
      .subscribe((run) => seen.push(run));
    expect(seen).toHaveLength(7);
    for (const { duration, exitCode } of seen) {
      expect(exitCode).toBe(3);
      expect(duration).toBeGreaterThan(1_000_000n);
      expect(duration).toBeLessThan(100_000_000n);
    }
  });

  it('refuses a bad limit at the call', () => {
    expect(() => runs({ limit: 0 })).toThrow(new RangeError('invalid limit 0: a whole number, 1 or more'));
  });

  it('keeps the type of the events', () => {
    new Subject<Event & { mine: 1 }>().pipe(runs()).subscribe(({ start, duration }) => {
      expectTypeOf(start).toEqualTypeOf<(Event & { mine: 1 }) | undefined>();
      expectTypeOf(duration).toEqualTypeOf<bigint | undefined>();
    });
    // @ts-expect-error -- needs a time
    new Subject<{ id: string; type: string; action: string; attributes: {} }>().pipe(runs());
  });
});
