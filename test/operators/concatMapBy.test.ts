import fc from 'fast-check';
import {
  concat,
  defer,
  EMPTY,
  finalize,
  from,
  NEVER,
  Observable,
  of,
  range,
  Subject,
  take,
  throwError,
  map,
  timer,
} from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { concatMapBy } from '../../operators/concatMapBy.ts';
import { marbles } from '../support/marbles.ts';

/** `a1` happened to container a. */
const values = Object.fromEntries(
  ['a1', 'a2', 'a3', 'b1', 'b2'].map((what) => [what, { id: what.charAt(0), what }]),
);
const events = { p: values['a1']!, q: values['a2']!, r: values['a3']!, x: values['b1']!, y: values['b2']! };
const outcome = { p: 'a1', q: 'a2', r: 'a3', x: 'b1', y: 'b2' };

interface Happened {
  readonly id: string;
  readonly what: string;
}

/** Tools for a test of order: a handler that ends on request, and the list of started events. */
function byHand(): {
  begun: string[];
  end: Map<string, Subject<string>>;
  handle(event: Happened): Subject<string>;
} {
  const begun: string[] = [];
  const end = new Map<string, Subject<string>>();
  const handle = ({ what }: Happened): Subject<string> => {
    begun.push(what);
    const subject = new Subject<string>();
    end.set(what, subject);
    return subject;
  };
  return { begun, end, handle };
}

const happened = (what: string): Happened => ({ id: what.charAt(0), what });

describe('concatMapBy', () => {
  it(
    'handles events of one container one after the other, and containers beside each other',
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source = hot('  pqx-------y-|', events);
      const subs = '        ^-----------!';
      const expected = '    ----p-x-q-----(y|)';
      const slowly = concatMapBy(({ what }: Happened) => timer(4, scheduler).pipe(map(() => what)));
      expectObservable(source.pipe(slowly)).toBe(expected, outcome);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'subscribes to what handles an event when the one before has ended',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('  pq--r-----|', events);
      const handler = cold('-d-|', { d: 'done' });
      const subs = ['       ^--!', '---^--!', '------^--!'];
      const expected = '    -d--d--d--|';
      expectObservable(source.pipe(concatMapBy(() => handler))).toBe(expected, { d: 'done' });
      expectSubscriptions(handler.subscriptions).toBe(subs);
    }),
  );

  it(
    'handles what waits after its source has completed, then completes',
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot('  (pq|)', events);
      const handler = cold('--d|', { d: 'done' });
      expectObservable(source.pipe(concatMapBy(() => handler))).toBe('--d--d|', { d: 'done' });
    }),
  );

  it(
    'ends everything that is being handled when it is left, and when the source fails',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('  pqx-#', events);
      const handler = cold('d-----', { d: 'done' });
      expectObservable(source.pipe(concatMapBy(() => handler)), '^--!').toBe('d-d', { d: 'done' });
      expectObservable(source.pipe(concatMapBy(() => handler))).toBe('    d-d-#', { d: 'done' });
      expectSubscriptions(handler.subscriptions).toBe(['^--!', '^---!', '--^!', '--^-!']);
      expectSubscriptions(source.subscriptions).toBe(['^--!', '^---!']);
    }),
  );

  it('delays no other container when one hangs', () => {
    const source = new Subject<Happened>();
    const seen: string[] = [];
    source
      .pipe(concatMapBy(({ id, what }) => (id === 'a' ? NEVER : of(what))))
      .subscribe((what) => seen.push(what));
    for (const what of ['a1', 'b1', 'a2', 'c1', 'b2']) source.next(happened(what));
    expect(seen).toEqual(['b1', 'c1', 'b2']);
  });

  it('begins an event after the teardown of the one before', () => {
    const log: string[] = [];
    from(['a1', 'a2'].map(happened))
      .pipe(
        concatMapBy(({ what }) =>
          defer(() => {
            log.push(`take ${what}`);
            return of(what);
          }).pipe(finalize(() => log.push(`let go ${what}`))),
        ),
      )
      .subscribe();
    expect(log).toEqual(['take a1', 'let go a1', 'take a2', 'let go a2']);
  });

  it('queues what its own results bring about', () => {
    const source = new Subject<Happened>();
    const seen: string[] = [];
    source
      .pipe(concatMapBy(({ what }) => concat(of(`${what} begins`), of(`${what} ends`))))
      .subscribe((text) => {
        seen.push(text);
        if (text === 'a1 begins') for (const what of ['a2', 'b1']) source.next(happened(what));
      });
    source.next(happened('a1'));
    expect(seen).toEqual(['a1 begins', 'b1 begins', 'b1 ends', 'a1 ends', 'a2 begins', 'a2 ends']);
  });

  it('works off a long queue of handlers that end at once without nesting them', () => {
    const source = new Subject<Happened>();
    const first = new Subject<number>();
    let handled = 0;
    source
      .pipe(concatMapBy(({ what }) => (what === 'a0' ? first : of(1)), { limit: 100_000 }))
      .subscribe(() => handled++);
    for (let i = 0; i <= 20_000; i++) source.next(happened(`a${i}`));
    first.complete();
    expect(handled).toBe(20_000);
  });

  it('stops a handler that emits without a pause, and begins no other', () => {
    const { begun, handle } = byHand();
    const seen: number[] = [];
    from(['a1', 'a2', 'b1'].map(happened))
      .pipe(
        concatMapBy((event) => {
          handle(event);
          return range(0, Infinity);
        }),
        take(2),
      )
      .subscribe((value) => seen.push(value));
    expect(seen).toEqual([0, 1]);
    expect(begun).toEqual(['a1']);
  });

  it('begins nothing when the teardown of one event ends the whole', () => {
    const source = new Subject<Happened>();
    const { begun, end, handle } = byHand();
    const subscription = source
      .pipe(concatMapBy((event) => handle(event).pipe(finalize(() => subscription.unsubscribe()))))
      .subscribe();
    for (const what of ['a1', 'a2']) source.next(happened(what));
    end.get('a1')?.complete();
    expect(begun).toEqual(['a1']);
  });

  describe('when a queue is full', () => {
    it('loses what has waited longest, and tells', () => {
      const source = new Subject<Happened>();
      const { begun, end, handle } = byHand();
      const lost: string[] = [];
      let completed = false;
      source
        .pipe(concatMapBy(handle, { limit: 2, onOverflow: ({ what }) => lost.push(what) }))
        .subscribe({ complete: () => (completed = true) });
      for (const what of ['a1', 'a2', 'a3', 'a4', 'b1', 'a5']) source.next(happened(what));
      source.complete();
      expect(lost).toEqual(['a2', 'a3']);
      for (const what of ['a1', 'a4', 'a5', 'b1']) end.get(what)?.complete();
      expect(begun).toEqual(['a1', 'b1', 'a4', 'a5']);
      expect(completed).toBe(true);
    });

    it('fails without a callback', () => {
      const errors: string[] = [];
      const source = new Subject<Happened & { name?: string }>();
      source
        .pipe(concatMapBy(() => NEVER, { limit: 1 }))
        .subscribe({ error: (error: Error) => errors.push(error.message) });
      for (const what of ['a1', 'a2', 'a3']) source.next({ ...happened(what), name: 'web' });
      expect(errors).toEqual(["too many events wait for web: give 'onOverflow', or a higher 'limit'"]);
      expect(source.observed).toBe(false);
    });

    it('fails when telling fails', () => {
      const errors: unknown[] = [];
      const onOverflow = (): never => {
        throw new Error('told badly');
      };
      from(['a1', 'a2'].map(happened))
        .pipe(concatMapBy(() => NEVER, { limit: 0, onOverflow }))
        .subscribe({ error: (error) => errors.push(error) });
      expect(errors).toEqual([new Error('told badly')]);
    });
  });

  describe('when a handler fails', () => {
    const fails = ({ what }: Happened): Observable<string> => {
      if (what === 'a1') throw new Error('threw');
      return what === 'a2'
        ? concat(
            of('a2 half'),
            throwError(() => new Error('failed')),
          )
        : of(what);
    };

    it('calls back, and continues with the next event', () => {
      const told: string[] = [];
      const seen: string[] = [];
      from(['a1', 'a2', 'a3', 'b1'].map(happened))
        .pipe(concatMapBy(fails, { onError: (error, { what }) => told.push(`${what}: ${String(error)}`) }))
        .subscribe((what) => seen.push(what));
      expect(told).toEqual(['a1: Error: threw', 'a2: Error: failed']);
      expect(seen).toEqual(['a2 half', 'a3', 'b1']);
    });

    it('fails without a callback, and begins nothing more', () => {
      const { begun, end, handle } = byHand();
      const errors: unknown[] = [];
      const source = new Subject<Happened>();
      source.pipe(concatMapBy(handle)).subscribe({ error: (error) => errors.push(error) });
      for (const what of ['a1', 'a2', 'b1']) source.next(happened(what));
      end.get('a1')?.error(new Error('failed'));
      expect(errors).toEqual([new Error('failed')]);
      expect(begun).toEqual(['a1', 'b1']);
      expect(end.get('b1')?.observed).toBe(false);
      expect(source.observed).toBe(false);
    });
  });

  it('asks for the queue of each event, by id, by name, or as told', () => {
    const begun = (keyOf?: (event: { id: string; name?: string }) => string): string[] => {
      const names: string[] = [];
      from([
        { id: 'a', name: 'one' },
        { id: 'a', name: 'two' },
        { id: '', name: 'three' },
        { id: '', name: 'four' },
        { id: '' },
      ])
        .pipe(
          concatMapBy(
            ({ name = 'none' }) => {
              names.push(name);
              return NEVER;
            },
            { keyOf },
          ),
        )
        .subscribe();
      return names;
    };
    expect(begun()).toEqual(['one', 'three', 'four', 'none']);
    expect(begun(({ name }) => name ?? '')).toEqual(['one', 'two', 'three', 'four', 'none']);
  });

  it('takes whatever RxJS takes for an Observable', async () => {
    const seen: unknown[] = [];
    await new Promise<void>((resolve) => {
      from(['a1', 'a2'].map(happened))
        .pipe(concatMapBy(async ({ what }) => Promise.resolve(what)))
        .subscribe({ next: (value) => seen.push(value), complete: resolve });
    });
    expect(seen).toEqual(['a1', 'a2']);
  });

  it('is as one list for each container, whatever ends when', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('event' as const), id: fc.constantFrom('a', 'b', 'c') }),
      fc.record({
        kind: fc.constant('end' as const),
        id: fc.constantFrom('a', 'b', 'c'),
        fails: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), fc.nat(3), (steps, limit) => {
        const model: Record<string, number[]> = { a: [], b: [], c: [] };
        const due: string[] = [];
        const running = new Map<string, Subject<never>>();
        const begun: string[] = [];
        const source = new Subject<{ id: string; n: number }>();
        const lost: number[] = [];
        const dueLost: number[] = [];
        source
          .pipe(
            concatMapBy(
              ({ id, n }) => {
                begun.push(`${id}${n}`);
                expect(running.has(id)).toBe(false);
                const subject = new Subject<never>();
                running.set(id, subject);
                return subject.pipe(finalize(() => running.delete(id)));
              },
              { limit, onOverflow: ({ n }) => lost.push(n), onError: () => {} },
            ),
          )
          .subscribe();
        steps.forEach((each, n) => {
          const list = model[each.id]!;
          if (each.kind === 'event') {
            list.push(n);
            if (list.length === 1) due.push(`${each.id}${n}`);
            else if (list.length > limit + 1) dueLost.push(...list.splice(1, 1));
            source.next({ id: each.id, n });
          } else if (list.length > 0) {
            list.shift();
            if (list.length > 0) due.push(`${each.id}${list[0]}`);
            const subject = running.get(each.id);
            if (each.fails) subject?.error(new Error('failed'));
            else subject?.complete();
          }
          expect([begun, lost]).toEqual([due, dueLost]);
        });
      }),
    );
  });

  it.each([-1, 1.5, NaN])('refuses a limit of %d at the call', (limit) => {
    expect(() => concatMapBy(() => EMPTY, { limit })).toThrow(
      new RangeError(`invalid limit ${limit}: a whole number, 0 or more`),
    );
  });

  it('tells the types of what goes in and what comes out', () => {
    const source = new Subject<{ id: string; mine: number }>();
    source
      .pipe(
        concatMapBy((event) => {
          expectTypeOf(event).toEqualTypeOf<{ id: string; mine: number }>();
          return of(String(event.mine));
        }),
      )
      .subscribe((value) => expectTypeOf(value).toEqualTypeOf<string>());
    // @ts-expect-error -- needs an id
    new Subject<{ name: string }>().pipe(concatMapBy(() => EMPTY));
    // @ts-expect-error -- a number is not an Observable
    expect(() => source.pipe(concatMapBy(() => 1))).not.toThrow();
  });
});
