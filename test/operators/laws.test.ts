/** Laws that hold for every exported operator. A new operator is a new row. */
import { NEVER, Observable, of, type OperatorFunction, Subject, take, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import * as operators from '../../operators/index.ts';
import type { IncomingEvent } from '../../src/event.ts';
import { event } from '../support/events.ts';
import { marbles } from '../support/marbles.ts';

interface Law {
  /**
   * The operator, in virtual time. It emits something for deaths, given a time in which nothing
   * comes if `waits`.
   */
  readonly make: (scheduler: VirtualTimeScheduler) => OperatorFunction<IncomingEvent, unknown>;
  /** The same with each of its callbacks throwing. */
  readonly throws?: readonly (() => OperatorFunction<IncomingEvent, unknown>)[];
  /** It emits when time passes, not when an event comes. */
  readonly waits?: true;
  /** It ends itself behind its first value. */
  readonly single?: true;
}

const die = (i: number): IncomingEvent =>
  event({ id: `c${i}`, name: `web-${i}`, action: 'die', timeNano: BigInt(i), attributes: { exitCode: '1' } });

const fail = (): never => {
  throw new Error('callback failed');
};

const laws: Record<string, Law> = {
  absent: {
    make: (scheduler) => operators.absent(5, { scheduler }),
    throws: [() => operators.absent(5, { keyOf: fail })],
    waits: true,
  },
  boundedReplay: {
    make: (scheduler) => operators.boundedReplay({ count: 5, age: 5 }, scheduler),
    throws: [() => operators.boundedReplay({ bytes: 5, sizeOf: fail })],
  },
  byExpression: { make: () => operators.byExpression('web-* event=die exitCode!=0') },
  byFilters: { make: () => operators.byFilters({ event: ['die'] }) },
  byName: { make: () => operators.byName('web-*') },
  concatMapBy: {
    make: () => operators.concatMapBy((each) => of(each)),
    throws: [
      () => operators.concatMapBy(fail),
      () => operators.concatMapBy((each) => of(each), { keyOf: fail }),
      () => operators.concatMapBy(fail, { onError: fail }),
      () => operators.concatMapBy(() => NEVER, { limit: 0, keyOf: () => 'all', onOverflow: fail }),
    ],
  },
  cooldown: {
    make: (timestampProvider) => operators.cooldown(({ id }) => id, 5, { timestampProvider }),
    throws: [() => operators.cooldown(fail, 5)],
  },
  deaths: { make: () => operators.deaths() },
  distinctWithin: {
    make: (timestampProvider) => operators.distinctWithin({ within: 5, timestampProvider }),
    throws: [() => operators.distinctWithin({ keyOf: fail })],
  },
  foldRestarts: { make: (scheduler) => operators.foldRestarts({ scheduler }) },
  inOrder: {
    make: (scheduler) => operators.inOrder({ slack: 5, scheduler, limit: 1 }),
    throws: [
      () =>
        operators.inOrder({
          slack: 0,
          limit: 1,
          onLate: fail,
        }),
    ],
    waits: true,
  },
  matchSequence: {
    make: (scheduler) => operators.matchSequence([{ event: ['die'] }], { within: 5, scheduler }),
    throws: [() => operators.matchSequence([fail]), () => operators.matchSequence([{}], { never: fail })],
    single: true,
  },
  runs: { make: () => operators.runs() },
  states: { make: () => operators.states() },
  takeUntilCancelled: { make: () => operators.takeUntilCancelled(NEVER) },
  takeUntilTime: { make: (scheduler) => operators.takeUntilTime(1_000_000_000n, scheduler) },
  timeWindow: { make: () => operators.timeWindow({ since: 0n }) },
  timesWithin: {
    make: () => operators.timesWithin(2, 5, { keyOf: () => 'all' }),
    throws: [() => operators.timesWithin(2, 5, { keyOf: fail })],
  },
  withStates: { make: () => operators.withStates() },
};

/** Functions other than operators, and the one that does not return an Observable. */
const OTHERS = [
  ...[
    'closest',
    'compileFilters',
    'createExplainer',
    'createNameParser',
    'createReporter',
    'createStateTable',
    'exitMeaning',
  ],
  ...['explainContainer', 'explainEach'],
  ...['explainDeath', 'ExpressionError', 'foldState', 'formatExpression', 'isRestartLoop', 'parseExpression'],
  ...[
    'parseFilter',
    'parseFilters',
    'parseNamePattern',
    'parseTerms',
    'signalName',
    'signalNumber',
    'spanText',
  ],
  ...['toAsyncIterable', 'perContainer', 'followsPattern', 'withoutRepeats'],
];

const rows = Object.entries(laws);

describe('every operator', () => {
  it('has a row', () => {
    const functions = Object.entries(operators).filter(([, value]) => typeof value === 'function');
    const names = functions.map(([name]) => name).filter((name) => !OTHERS.includes(name));
    expect(Object.keys(laws).sort()).toEqual(names.sort());
  });

  it.each(rows)('%s stops a source that emits without a pause when it is left', (_, law) => {
    const scheduler = new VirtualTimeScheduler();
    let emitted = 0;
    const firehose = new Observable<IncomingEvent>((subscriber) => {
      for (let i = 0; !subscriber.closed && i < 1000; i++) {
        emitted++;
        subscriber.next(die(i));
      }
    });
    const seen: unknown[] = [];
    firehose.pipe(law.make(scheduler), take(2)).subscribe((value) => {
      seen.push(value);
    });
    scheduler.maxFrames = 100;
    scheduler.flush();
    // One that waits has nothing to say of a source that never pauses, and takes all of it.
    expect(emitted).toBeLessThanOrEqual(law.waits === true ? 1000 : 10);
    expect(seen.length).toBeGreaterThan(0);
    expect(scheduler.actions).toEqual([]);
  });

  it.each(rows)('%s passes an error on once, and leaves no timer', (_, law) => {
    const scheduler = new VirtualTimeScheduler();
    const source = new Subject<IncomingEvent>();
    const told: unknown[] = [];
    source.pipe(law.make(scheduler)).subscribe({
      error: (error: unknown) => told.push(error),
      complete: () => told.push('complete'),
    });
    if (law.single !== true) source.next(die(1));
    source.error('failed');
    scheduler.maxFrames = 100;
    scheduler.flush();
    expect(told).toEqual(['failed']);
    expect(scheduler.actions).toEqual([]);
  });

  it.each(rows)('%s subscribes once, and leaves when it is left', (_, law) =>
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source = hot<IncomingEvent>('---');
      expectObservable(source.pipe(law.make(scheduler)), '^-!').toBe('---');
      expectSubscriptions(source.subscriptions).toBe('     ^-!');
    })(),
  );

  it.each(rows)('%s leaves no timer and no subscription when it is left inside next', (_, law) => {
    const scheduler = new VirtualTimeScheduler();
    const source = new Subject<IncomingEvent>();
    let seen = 0;
    const subscription = source.pipe(law.make(scheduler)).subscribe(() => {
      seen++;
      subscription.unsubscribe();
    });
    for (let i = 1; i < 4; i++) source.next(die(i));
    scheduler.maxFrames = 50;
    scheduler.flush();
    expect(seen).toBe(1);
    expect(source.observed).toBe(false);
    expect(scheduler.actions).toEqual([]);
  });

  it.each(rows)('%s takes a source that its subscriber completes inside next', (_, law) => {
    const scheduler = new VirtualTimeScheduler();
    const source = new Subject<IncomingEvent>();
    const told: string[] = [];
    source.pipe(law.make(scheduler)).subscribe({
      next: () => {
        told.push('next');
        source.complete();
      },
      complete: () => told.push('complete'),
    });
    for (let i = 1; i < 4; i++) source.next(die(i));
    scheduler.maxFrames = 50;
    scheduler.flush();
    expect(told.at(-1)).toBe('complete');
    expect(told.filter((each) => each === 'complete')).toHaveLength(1);
    expect(scheduler.actions).toEqual([]);
  });

  const throwing = rows.flatMap(([name, { throws = [] }]) =>
    throws.map((make, i) => [name, i, make] as const),
  );
  it.each(throwing)('%s ends with what callback %i throws, and leaves its source', (_, __, make) => {
    const source = new Subject<IncomingEvent>();
    const errors: unknown[] = [];
    source.pipe(make()).subscribe({ error: (error: unknown) => errors.push(error) });
    for (const i of [9, 8, 7, 6]) source.next(die(i));
    expect(errors).toEqual([new Error('callback failed')]);
    expect(source.observed).toBe(false);
  });
});
