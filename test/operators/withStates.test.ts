import fc from 'fast-check';
import { from, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { foldState } from '../../operators/container-state.ts';
import { withStates } from '../../operators/withStates.ts';
import type { IncomingEvent } from '../../src/event.ts';
import { event } from '../support/events.ts';
import { marbles } from '../support/marbles.ts';

const of = (action: string, id = 'a'): IncomingEvent => event({ id, name: id, action });

describe('withStates', () => {
  it(
    'pairs each event with the state after it and before it',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const events = {
        c: of('create'),
        s: of('start'),
        n: { ...of('connect'), type: 'network' },
        t: of('top'),
      };
      const created = foldState(undefined, events.c);
      const running = foldState(created, events.s);
      const expected = {
        c: { event: events.c, before: undefined, state: created },
        s: { event: events.s, before: created, state: running },
        n: { event: events.n, before: undefined, state: undefined },
        t: { event: events.t, before: running, state: running },
      };
      const source = hot('  -c-s-n-t-|', events);
      expectObservable(source.pipe(withStates())).toBe('-c-s-n-t-|', expected);
      expectSubscriptions(source.subscriptions).toBe('  ^--------!');
    }),
  );

  it('begins with a seed, and each subscriber has states of its own', () => {
    const seeded = from([of('die')]).pipe(
      withStates({ seed: [{ ...foldState(undefined, of('start'))! }] }),
      toArray(),
    );
    for (let i = 0; i < 2; i++) {
      seeded.subscribe(([first]) => {
        expect(first).toMatchObject({ before: { state: 'running' }, state: { state: 'exited' } });
      });
    }
  });

  it('is the fold of that container, whatever came of others and however few are held', () => {
    const some = fc.array(
      fc.tuple(fc.constantFrom('create', 'start', 'die', 'pause', 'destroy'), fc.constantFrom('a', 'b')),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(some, fc.integer({ min: 2, max: 4 }), (list, limit) => {
        const events = list.map(([action, id]) => of(action, id));
        from(events)
          .pipe(withStates({ limit }), toArray())
          .subscribe((all) => {
            for (const { event, before, state } of all) {
              expect(state).toEqual(foldState(before, event));
              expect(state?.id).toBe(event.id);
            }
            expect(all.map(({ event }) => event)).toEqual(events);
          });
      }),
    );
  });

  it('refuses bad bounds at the call', () => {
    expect(() => withStates({ limit: 0 })).toThrow('invalid limit 0: a whole number, 1 or more');
  });
});
