import { from, Subject, take, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  foldRestarts,
  isRestartLoop,
  type RestartLoop,
  type RestartOptions,
} from '../../operators/foldRestarts.ts';
import type { EngineEvent } from '../../src/event.ts';
import { event } from '../support/events.ts';
import { marbles } from '../support/marbles.ts';
import { recorded } from '../support/recorded.ts';

type Event = ReturnType<typeof event>;

/**
 * Containers a and b; capitals are deaths. All at the same time: only the scheduler's clock tells
 * when a loop is over.
 */
const of = (action: string, id: string, parts: Partial<Event> = {}): Event =>
  event({ action, id, name: id, ...parts });
const events = {
  a: of('start', 'a'),
  A: of('die', 'a'),
  b: of('start', 'b'),
  B: of('die', 'b'),
  k: of('kill', 'a'),
  r: of('destroy', 'a'),
  n: of('connect', 'net', { type: 'network', attributes: { container: 'a' } }),
  m: of('connect', 'net', { type: 'network', attributes: { container: 'b' } }),
  t: of('tag', 'image', { type: 'image' }),
};
const loop = (deaths: number, folded: number, over = false): RestartLoop<Event> => ({
  kind: 'restart-loop',
  id: 'a',
  name: 'a',
  deaths,
  folded,
  first: events.A,
  latest: events.A,
  over,
});

/** Deaths and starts as one text: `w3` a loop with three deaths, `w3!` that is over. */
function brief(items: readonly (EngineEvent | Event | RestartLoop<EngineEvent | Event>)[]): string {
  return items
    .map((item) =>
      isRestartLoop(item)
        ? `${item.name}${item.deaths}${item.over ? '!' : ''}`
        : `${item.name}:${item.action}`,
    )
    .join(' ');
}

describe('foldRestarts', () => {
  it(
    'folds a crash loop into one item that counts, until it is over',
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source = hot('  aAaAaAaA 9ms - 9ms |', events);
      const subs = '        ^------- 9ms - 9ms !';
      const expected = '    aAaAa3-4 9ms o 9ms |';
      const folded = source.pipe(foldRestarts({ within: 10 }, scheduler));
      expectObservable(folded).toBe(expected, {
        ...events,
        3: loop(3, 1),
        4: loop(4, 3),
        o: loop(4, 3, true),
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'passes on events that are not part of a restart, and those of other containers',
    marbles(({ hot, expectObservable }, scheduler) => {
      const source = hot('  AAnkbBtmaA--|', events);
      const expected = '    A2-kbBtm-3--(o|)';
      const folded = source.pipe(foldRestarts({ deaths: 2, within: 10 }, scheduler));
      expectObservable(folded).toBe(expected, {
        ...events,
        2: loop(2, 1),
        3: loop(3, 4),
        o: loop(3, 4, true),
      });
    }),
  );

  it(
    'is over when the container is removed',
    marbles(({ hot, expectObservable }, scheduler) => {
      const source = hot('  AA--r----A-|', events);
      const expected = '    A2--(or)-A-|';
      const folded = source.pipe(foldRestarts({ deaths: 2, within: 10 }, scheduler));
      expectObservable(folded).toBe(expected, { ...events, 2: loop(2, 1), o: loop(2, 1, true) });
    }),
  );

  it(
    'tells what it folded before an error, passes that on, and leaves the source when it is left',
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const fails = hot(' AAa#', events);
      const goesOn = hot('AAaA', events);
      const fold = foldRestarts<Event>({ deaths: 2, within: 10 }, scheduler);
      const told = { ...events, 2: loop(2, 1), o: loop(2, 2, true) };
      expectObservable(fails.pipe(fold)).toBe('A2-(o#)', told);
      expectObservable(goesOn.pipe(fold), '--!').toBe('A2', told);
      expectSubscriptions(fails.subscriptions).toBe(' ^--!');
      expectSubscriptions(goesOn.subscriptions).toBe('^-!');
    }),
  );

  it('goes by the time that events state, so that a recorded loop is one', () => {
    const at = (ms: number, action: string): Event => of(action, 'w', { timeNano: BigInt(ms) * 1_000_000n });
    const seen: (Event | RestartLoop<Event>)[] = [];
    from([at(0, 'die'), at(11, 'die'), at(21, 'die'), at(25, 'start'), at(31, 'die'), at(42, 'start')])
      .pipe(foldRestarts({ deaths: 2, within: 10 }, new VirtualTimeScheduler()))
      .subscribe((item) => seen.push(item));
    expect(brief(seen)).toBe('w:die w:die w2 w3 w3! w:start');
  });

  it('can count for ever', () => {
    const clock = new VirtualTimeScheduler();
    clock.maxFrames = 2 ** 40;
    const seen: (Event | RestartLoop<Event>)[] = [];
    const source = new Subject<Event>();
    const left = source.pipe(foldRestarts({ within: Infinity }, clock)).subscribe((item) => seen.push(item));
    for (const ms of [0, 1, 2 ** 40, 2 ** 41])
      source.next(of('die', 'w', { timeNano: BigInt(ms) * 1_000_000n }));
    clock.flush();
    left.unsubscribe();
    expect(brief(seen)).toBe('w:die w:die w3 w4');
  });

  it('folds the events of a real Docker about a container that fails at once', () => {
    const seen: (EngineEvent | RestartLoop<EngineEvent>)[] = [];
    const all = recorded('crash-loop');
    from(all)
      .pipe(foldRestarts({}, new VirtualTimeScheduler()))
      .subscribe((item) => seen.push(item));
    expect(brief(seen)).toBe(
      'worker:create none:connect worker:start worker:die none:disconnect none:connect worker:start worker:die ' +
        'none:disconnect none:connect worker:start worker3 worker4 worker5 worker6 worker7 worker7! worker:destroy',
    );
    const last = seen.findLast((item) => isRestartLoop(item));
    expect((last?.folded ?? 0) + seen.filter((item) => !isRestartLoop(item)).length).toBe(all.length);
  });

  it('gives up the one that died longest ago to make room, and says so', () => {
    const seen: (Event | RestartLoop<Event>)[] = [];
    from('AABA'.split('').map((letter) => events[letter as 'A' | 'B']))
      .pipe(foldRestarts({ deaths: 2, limit: 1 }, new VirtualTimeScheduler()))
      .subscribe((item) => seen.push(item));
    expect(brief(seen)).toBe('a:die a2 a2! b:die a:die');
  });

  it('ends a loop with a stop, which passes behind its last item', () => {
    const seen: (Event | RestartLoop<Event>)[] = [];
    from([events.A, events.A, of('stop', 'a'), events.A])
      .pipe(foldRestarts({ deaths: 2 }, new VirtualTimeScheduler()))
      .subscribe((item) => seen.push(item));
    expect(brief(seen)).toBe('a:die a2 a2! a:stop a:die');
  });

  it('leaves no timer behind, whatever ends it', () => {
    const clock = new VirtualTimeScheduler();
    const fold = foldRestarts<Event>({ deaths: 2 }, clock);
    const source = new Subject<Event>();
    const left = source.pipe(fold).subscribe();
    source.pipe(fold, take(2)).subscribe();
    from([events.A, events.A, events.A]).pipe(fold).subscribe();
    from([events.A, events.A, events.r]).pipe(fold).subscribe();
    for (const each of [events.A, events.A]) source.next(each);
    expect(clock.actions).toHaveLength(1);
    left.unsubscribe();
    expect(source.observed).toBe(false);
    expect(clock.actions).toEqual([]);
  });

  it('takes what comes from inside its own subscriber', () => {
    const source = new Subject<Event>();
    const seen: (Event | RestartLoop<Event>)[] = [];
    source.pipe(foldRestarts({ deaths: 2 }, new VirtualTimeScheduler())).subscribe((item) => {
      seen.push(item);
      if (seen.length < 3) for (const each of [events.A, events.k]) source.next(each);
    });
    source.next(events.A);
    expect(brief(seen)).toBe('a:die a2 a3 a:kill a:kill');
  });

  it.each<[RestartOptions, string]>([
    [{ deaths: 1 }, 'invalid deaths 1: a whole number, 2 or more'],
    [{ within: -1 }, 'invalid within -1: a number of milliseconds, 0 or more'],
    [{ within: NaN }, 'invalid within NaN: a number of milliseconds, 0 or more'],
    [{ limit: 0 }, 'invalid limit 0: a whole number, 1 or more'],
  ])('refuses %o at the call', (options, message) => {
    expect(() => foldRestarts(options)).toThrow(new RangeError(message));
  });

  it('tells events and items apart', () => {
    new Subject<Event>().pipe(foldRestarts()).subscribe((item) => {
      expectTypeOf(item).toEqualTypeOf<Event | RestartLoop<Event>>();
      if (isRestartLoop(item)) expectTypeOf(item.latest).toEqualTypeOf<Event>();
      else expectTypeOf(item).toEqualTypeOf<Event>();
    });
    // @ts-expect-error -- needs a time
    new Subject<{ id: string; type: string; action: string; attributes: {} }>().pipe(foldRestarts());
  });
});
