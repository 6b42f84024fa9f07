import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { asyncScheduler, concat, NEVER, Observable, of, range, retry, Subject, take } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { boundedReplay, type ReplayBounds } from '../../operators/boundedReplay.ts';
import { marbles } from '../support/marbles.ts';
import { virtualTime } from '../support/virtual-time.ts';

/**
 * Frees all unreferenced objects. `WeakRef`s keep dereferenced objects until the end of the current
 * job.
 */
async function collectGarbage(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** The synchronous values for a new subscriber. */
function given<T>(source: Observable<T>): (T | 'end')[] {
  const values: (T | 'end')[] = [];
  source.subscribe({ next: (value) => values.push(value), complete: () => values.push('end') }).unsubscribe();
  return values;
}

describe('boundedReplay', () => {
  it(
    'gives a late subscriber what is held, then what comes',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  a 9ms b 9ms c 9ms d 9ms e 9ms |');
      const subs = '        ^ 49ms                        !';
      const early = '       a 9ms b 9ms c 9ms d 9ms e 9ms |';
      const lateSub = '     25ms ^                         ';
      const late = '        25ms (bc) 1ms     d 9ms e 9ms |';
      const shared = source.pipe(boundedReplay({ count: 2 }));
      expectObservable(shared).toBe(early);
      expectObservable(shared, lateSub).toBe(late);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'holds values as long as they may be held, both ends included',
    marbles(({ hot, expectObservable }, scheduler) => {
      const source = hot('  a 9ms b 9ms c 9ms d 9ms |');
      const shared = source.pipe(boundedReplay({ age: 10 }, scheduler));
      expectObservable(shared).toBe('a 9ms b 9ms c 9ms d 9ms |');
      expectObservable(shared, '20ms ^ !').toBe('20ms (bc)');
      expectObservable(shared, '21ms ^ !').toBe('21ms c');
      expectObservable(shared, '90ms ^').toBe('90ms |');
    }),
  );

  it('holds no more bytes than allowed, and not at all what is larger', () => {
    const source = new Subject<string>();
    const shared = source.pipe(boundedReplay({ bytes: 5, sizeOf: ({ length }) => length }));
    const all: string[] = [];
    shared.subscribe((value) => all.push(value));
    for (const value of ['12', '34', '5']) source.next(value);
    expect(given(shared)).toEqual(['12', '34', '5']);
    source.next('6');
    expect(given(shared)).toEqual(['34', '5', '6']);
    source.next('more than five');
    expect(given(shared)).toEqual([]);
    source.next('7');
    expect(given(shared)).toEqual(['7']);
    expect(all).toEqual(['12', '34', '5', '6', 'more than five', '7']);
  });

  it('holds nothing when the count is 0', () => {
    const source = new Subject<number>();
    const shared = source.pipe(boundedReplay({ count: 0 }));
    const all: number[] = [];
    shared.subscribe((value) => all.push(value));
    source.next(1);
    expect(all).toEqual([1]);
    expect(given(shared)).toEqual([]);
  });

  it('gives who subscribes from inside a next everything once', () => {
    const source = new Subject<number>();
    const shared = source.pipe(boundedReplay({ count: 10 }));
    const inner: number[] = [];
    const outer: number[] = [];
    shared.subscribe((value) => {
      outer.push(value);
      if (value === 2) shared.subscribe((again) => inner.push(again));
    });
    for (const value of [1, 2, 3]) source.next(value);
    expect(outer).toEqual([1, 2, 3]);
    expect(inner).toEqual([1, 2, 3]);
  });

  it('gives everyone the same order when a subscriber makes the source emit', () => {
    const source = new Subject<number>();
    const shared = source.pipe(boundedReplay({ count: 10 }));
    const seen: number[][] = [[], [], []];
    shared.subscribe((value) => {
      if (value === 1) source.next(2);
      seen[0]?.push(value);
    });
    shared.subscribe((value) => {
      if (value === 2) source.next(3);
      seen[1]?.push(value);
    });
    source.next(1);
    shared.subscribe((value) => seen[2]?.push(value));
    expect(seen).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it('loses nothing of a replay although what comes meanwhile is more than can be held', () => {
    const source = new Subject<number>();
    const shared = source.pipe(boundedReplay({ count: 3 }));
    const late: number[] = [];
    shared.subscribe();
    for (const value of [1, 2, 3]) source.next(value);
    shared.subscribe((value) => {
      if (value === 1) for (const next of [4, 5, 6, 7, 8]) source.next(next);
      late.push(value);
    });
    expect(late).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(given(shared)).toEqual([6, 7, 8]);
  });

  it('stops a replay when its subscriber leaves', () => {
    const shared = concat(range(1, 100), NEVER).pipe(boundedReplay({ count: 100 }));
    shared.subscribe();
    const seen: number[] = [];
    shared.pipe(take(3)).subscribe((value) => seen.push(value));
    expect(seen).toEqual([1, 2, 3]);
  });

  it('continues a replay while the only other subscriber leaves', () => {
    const source = new Subject<number>();
    const shared = source.pipe(boundedReplay({ count: 3 }));
    const seen: number[] = [];
    const first = shared.subscribe();
    source.next(1);
    shared.subscribe((value) => {
      first.unsubscribe();
      seen.push(value);
    });
    source.next(2);
    expect(seen).toEqual([1, 2]);
    expect(source.observed).toBe(true);
  });

  it(
    'stays subscribed to the source as long as anyone listens',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -a-b-c-d-e-f');
      const sub1 = '        ^---!';
      const sub2 = '        --^---!';
      const sub3 = '        ---------^-!';
      const expected1 = '   -a-b';
      const expected2 = '   --ab-c';
      const expected3 = '   ----------a';
      const subs = ['                   ^-----!', '                   ---------^-!'];
      const shared = source.pipe(boundedReplay({ count: 5 }));
      expectObservable(shared, sub1).toBe(expected1);
      expectObservable(shared, sub2).toBe(expected2);
      expectObservable(shared, sub3).toBe(expected3);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'stays subscribed and keeps the values without subscribers, with keepAlive',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -a-b-c-d|');
      const sub1 = '        ^-!';
      const sub2 = '        ----^--------';
      const shared = source.pipe(boundedReplay({ count: 1, keepAlive: true }));
      expectObservable(shared, sub1).toBe('-a');
      expectObservable(shared, sub2).toBe('----bc-d|');
      expectSubscriptions(source.subscriptions).toBe('^-------!');
    }),
  );

  it(
    'gives the held values and the completion to a late subscriber',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -a-b|');
      const shared = source.pipe(boundedReplay({ count: 1 }));
      expectObservable(shared).toBe('-a-b|');
      expectObservable(shared, '-------^').toBe('-------(b|)');
      expectSubscriptions(source.subscriptions).toBe('^---!');
    }),
  );

  it(
    'passes an error on once, and starts again for a later subscriber',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('      -a-#');
      const shared = source.pipe(boundedReplay({ count: 5 }));
      const subs = ['            ^--!', '-----^--!'];
      expectObservable(shared).toBe('-a-#');
      expectObservable(shared, '--^').toBe('--a#');
      expectObservable(shared, '-----^').toBe('------a-#');
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('can be retried', () => {
    let tries = 0;
    const source = new Observable<number>((subscriber) => {
      subscriber.next(++tries);
      if (tries < 3) subscriber.error(new Error('failed'));
    });
    expect(given(source.pipe(boundedReplay({ count: 5 }), retry(5)))).toEqual([1, 2, 3]);
  });

  it('ends a replay that is under way before it ends', () => {
    const source = new Subject<number>();
    const shared = source.pipe(boundedReplay({ count: 3 }));
    const seen: unknown[] = [];
    shared.subscribe();
    source.next(1);
    source.next(2);
    shared.subscribe({
      next: (value) => {
        if (value === 1) source.complete();
        seen.push(value);
      },
      complete: () => seen.push('end'),
    });
    expect(seen).toEqual([1, 2, 'end']);
  });

  it('stops a source that emits without a pause', () => {
    const seen: number[] = [];
    range(0, Infinity)
      .pipe(boundedReplay({ count: 2 }), take(3))
      .subscribe((value) => seen.push(value));
    expect(seen).toEqual([0, 1, 2]);
  });

  it('makes an error of what sizeOf throws or returns, and leaves the source', () => {
    const errors: string[] = [];
    const source = new Subject<string>();
    const sizeOf = (value: string): number => JSON.parse(value) as number;
    for (const value of ['no number', '-1', 'null']) {
      source
        .pipe(boundedReplay({ bytes: 5, sizeOf, keepAlive: true }))
        .subscribe({ error: (error: Error) => errors.push(error.message) });
      source.next(value);
      expect(source.observed).toBe(false);
    }
    expect(errors[0]).toMatch(/JSON/);
    expect(errors.slice(1)).toEqual([
      "'sizeOf' returned -1: a number of bytes, 0 or more",
      "'sizeOf' returned null: a number of bytes, 0 or more",
    ]);
  });

  it('keeps one connection for each Observable that it is applied to', () => {
    const replay = boundedReplay<number>({ count: 1 });
    expect(given(of(1).pipe(replay))).toEqual([1, 'end']);
    expect(given(of(2).pipe(replay))).toEqual([2, 'end']);
  });

  it('measures the age by the time that passes, however the clock is set', () => {
    const { scheduler, pass } = virtualTime();
    let shift = 0;
    const clock = { now: () => scheduler.now() + shift, schedule: scheduler.schedule.bind(scheduler) };
    const source = new Subject<string>();
    const shared = source.pipe(boundedReplay({ age: 60_000 }, clock));
    const subscription = shared.subscribe();
    const held = (): string[] => {
      const got: string[] = [];
      shared.subscribe((value) => got.push(value)).unsubscribe();
      return got;
    };
    source.next('old');
    shift -= 3_600_000;
    pass(40_000);
    shift += 7_200_000;
    expect(held()).toEqual(['old']);
    pass(560_000);
    source.next('new');
    expect(held()).toEqual(['new']);
    subscription.unsubscribe();
    expect(scheduler.actions).toEqual([]);
  });

  it('is as a list that is cut, whatever is bounded', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('emit' as const), size: fc.nat(4) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(5) }),
      fc.record({ kind: fc.constant('subscribe' as const) }),
    );
    const bounds = fc
      .record({ count: fc.option(fc.nat(5)), age: fc.option(fc.nat(8)), bytes: fc.option(fc.nat(8)) })
      .filter(({ count, age, bytes }) => count !== null || age !== null || bytes !== null);
    fc.assert(
      fc.property(bounds, fc.array(step, { maxLength: 40 }), ({ count, age, bytes }, steps) => {
        const { scheduler: clock, pass } = virtualTime();
        const source = new Subject<{ at: number; size: number }>();
        const sizing = bytes === null ? {} : { bytes, sizeOf: ({ size }: { size: number }) => size };
        const shared = source.pipe(
          boundedReplay({ count: count ?? undefined, age: age ?? undefined, ...sizing }, clock),
        );
        let model: { at: number; size: number }[] = [];
        const followers: { got: unknown[]; due: unknown[] }[] = [];
        const subscribe = (): void => {
          model = model.filter(({ at }) => at >= clock.now() - (age ?? Infinity));
          const got: unknown[] = [];
          followers.push({ got, due: [...model] });
          shared.subscribe((value) => got.push(value));
        };
        subscribe();
        for (const each of steps) {
          if (each.kind === 'wait') pass(each.ms);
          else if (each.kind === 'subscribe') subscribe();
          else {
            const value = { at: clock.now(), size: each.size };
            model = [...model, value].filter(({ at }) => at >= clock.now() - (age ?? Infinity));
            while (model.length > (count ?? Infinity)) model.shift();
            while (model.reduce((sum, { size }) => sum + size, 0) > (bytes ?? Infinity)) model.shift();
            for (const { due } of followers) due.push(value);
            source.next(value);
          }
          for (const { got, due } of followers) expect(got).toEqual(due);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('releases dropped values, whichever subscribers came or left', async () => {
    const source = new Subject<object>();
    const shared = source.pipe(boundedReplay({ count: 2 }));
    const weak: WeakRef<object>[] = [];
    const emit = (): void => {
      const value = {};
      weak.push(new WeakRef(value));
      source.next(value);
    };
    const staying = shared.subscribe();
    emit();
    // One who leaves stands at the first value for ever.
    shared.subscribe().unsubscribe();
    for (let i = 0; i < 5; i++) emit();
    await collectGarbage();
    expect(weak.map((each) => each.deref() !== undefined)).toEqual([
      ...[false, false, false, false, true, true],
    ]);
    staying.unsubscribe();
  });

  it('does not slow down with the count of held values', () => {
    // `ReplaySubject` moves all that it holds at each append: for these numbers, minutes.
    let last = 0;
    range(1, 400_000)
      .pipe(boundedReplay({ count: 100_000 }))
      .subscribe((value) => (last = value));
    expect(last).toBe(400_000);
  });

  it('reads no clock without an age', () => {
    const now = (): never => {
      throw new Error('the clock was read');
    };
    const seen: number[] = [];
    const clock = { now, schedule: asyncScheduler.schedule.bind(asyncScheduler) };
    of(1, 2, 3)
      .pipe(boundedReplay({ count: 2 }, clock))
      .subscribe((value) => seen.push(value));
    expect(seen).toEqual([1, 2, 3]);
  });

  it.each<[ReplayBounds<string>, string]>([
    [{}, 'no bounds: a replay needs a count, a finite age or a number of bytes'],
    [{ age: Infinity }, 'no bounds: a replay needs a count, a finite age or a number of bytes'],
    [{ count: -1 }, 'invalid count -1: a whole number, 0 or more'],
    [{ count: NaN }, 'invalid count NaN: a whole number, 0 or more'],
    [{ count: 1.5 }, 'invalid count 1.5: a whole number, 0 or more'],
    [{ age: -1 }, 'invalid age -1: a number of milliseconds, 0 or more'],
    [{ age: NaN }, 'invalid age NaN: a number of milliseconds, 0 or more'],
    [{ bytes: -1, sizeOf: () => 1 }, 'invalid bytes -1: a whole number, 0 or more'],
    [{ bytes: 5 }, "'bytes' and 'sizeOf' go together: the bound, and how large a value is"],
    [{ count: 5, sizeOf: () => 1 }, "'bytes' and 'sizeOf' go together: the bound, and how large a value is"],
  ])('refuses %o at the call', (bounds, message) => {
    expect(() => boundedReplay(bounds)).toThrow(new RangeError(message));
  });

  it('keeps the type, and gives sizeOf what it needs', () => {
    const source = new Subject<{ mine: string }>();
    source
      .pipe(boundedReplay({ bytes: 10, sizeOf: ({ mine }) => mine.length }))
      .subscribe((value) => expectTypeOf(value).toEqualTypeOf<{ mine: string }>());
    // @ts-expect-error -- a size is a number
    boundedReplay({ bytes: 10, sizeOf: () => 'large' });
  });
});
