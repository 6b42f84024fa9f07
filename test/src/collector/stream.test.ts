import fc from 'fast-check';
import { of, Subject, type Subscription, withLatestFrom, zip } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { boundedReplay } from '../../../operators/boundedReplay.ts';
import { createCollector } from '../../../src/collector/collector.ts';
import type { Query } from '../../../src/collector/query.ts';
import type { IncomingEvent } from '../../../src/event.ts';
import { event, events } from '../../support/events.ts';

/** Deliberately wrong values. */
const untyped = (value: unknown): IncomingEvent => value as IncomingEvent;

describe('taking events in', () => {
  it('makes an event of one whose attributes are numbers, and a gap of what can be none', () => {
    const warnings: unknown[] = [];
    const nothing = (): void => undefined;
    const log = {
      debug: nothing,
      info: nothing,
      error: nothing,
      warn: (fields: unknown) => warnings.push(fields),
    };
    const collector = createCollector({ log });
    const seen: unknown[] = [];
    collector.events().subscribe(({ action, attributes }) => seen.push([action, attributes['exitCode']]));
    collector.attach(of(untyped({ ...event({ action: 'die' }), attributes: { exitCode: 1 } })));
    const { source: _, ...homeless } = event();
    collector.attach(of(untyped(homeless), untyped(null), untyped('text')));
    expect(seen).toEqual([
      ['die', '1'],
      ['gap', undefined],
      ['gap', undefined],
      ['gap', undefined],
    ]);
    expect(collector.status).toMatchObject({ events: 4, rejected: 3 });
    // The 1st, the 2nd, the 4th.
    expect(warnings).toEqual([{ rejected: 1 }, { rejected: 2 }]);
  });

  it('never writes to an object of the caller', () => {
    const collector = createCollector();
    const list = events(3).map((each) => Object.freeze({ ...each, attributes: Object.freeze({}) }));
    const live: unknown[] = [];
    collector.events().subscribe(({ name }) => live.push(name));
    collector.append(list);
    const replayed: unknown[] = [];
    collector.events({ since: 0n }).subscribe(({ name }) => replayed.push(name));
    expect(live).toEqual(['e0', 'e1', 'e2']);
    expect(replayed).toEqual(live);
    expect(list[0]).toEqual(events(1)[0]);
  });

  it('takes the same object as often as it is given', () => {
    const collector = createCollector();
    const seen: number[] = [];
    collector.events({ since: 0n }).subscribe(({ seq }) => seen.push(seq));
    collector.append([{ seq: 2 }, { seq: 2 }].map(untyped));
    const gaps = createCollector();
    gaps.events().subscribe((each) => collector.append([each, each]));
    gaps.append([untyped(null)]);
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('cuts an event of more than 4 MiB, and counts it', () => {
    const collector = createCollector();
    let seen = '';
    collector.events().subscribe(({ attributes }) => (seen = attributes['a'] ?? ''));
    collector.append([event({ attributes: { a: 'x'.repeat(2 ** 21) } })]);
    expect(seen).toHaveLength(2 ** 21);
    collector.append([event({ attributes: { a: 'x'.repeat(2 ** 23) } })]);
    expect(seen).toMatch(/^x+…$/);
    expect(seen.length).toBeLessThan(2 ** 22);
    expect(collector.status.cut).toBe(1);
  });

  it('holds no more bytes than it may, and tells that the oldest are gone', () => {
    const collector = createCollector({ limitBytes: 10_000 });
    for (let i = 0; i < 100; i++) collector.append([event({ attributes: { a: 'x'.repeat(1000) } })]);
    expect(collector.status.held).toBe(7);
    expect(collector.status.heldBytes).toBeLessThanOrEqual(10_000);
    const seen: string[] = [];
    collector.events({ since: 0n }).subscribe(({ action }) => seen.push(action));
    expect(seen).toEqual(['gap', ...Array.from({ length: 7 }, () => 'start')]);
  });

  it('holds the newest event, however large it is', () => {
    const collector = createCollector({ limitBytes: 1 });
    const seen: number[] = [];
    collector.events().subscribe(({ seq }) => seen.push(seq));
    const reader = collector.reader();
    collector.append(events(5));
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(reader.read(10).gap).toMatchObject({ from: 1, to: 4, reason: 'overflow' });
    expect(reader.read(10).events.map(({ seq }) => seq)).toEqual([5]);
  });
});

describe('the order of deliveries', () => {
  it('is that of a Subject: streams of one collector can be combined', () => {
    const collector = createCollector();
    const different: unknown[] = [];
    const all = collector.events();
    all.pipe(withLatestFrom(all)).subscribe(([one, latest]) => {
      if (one !== latest) different.push([one.seq, latest.seq]);
    });
    collector.append(events(500));
    expect(different).toEqual([]);
  });

  it('is the order of subscription, whatever each asks for and however long its replay', () => {
    const queries: Query[] = [{}, { name: 'same' }, { name: 'sa*' }, { since: 0n }, { name: 'a'.repeat(12) }];
    const query = fc.constantFrom(...queries);
    fc.assert(
      fc.property(fc.array(query, { minLength: 1, maxLength: 8 }), fc.nat(4), (asked, appender) => {
        const collector = createCollector({ limit: 100 });
        const told: [number, number][] = [];
        let appended = 0;
        asked.forEach((each, who) =>
          collector.events(each).subscribe(({ seq }) => {
            told.push([seq, who]);
            // As a Subject whose `next` is called from inside: queued.
            if (who === appender && appended++ < 3) collector.append([same()]);
          }),
        );
        const same = (): IncomingEvent => event({ name: 'same', id: 'a'.repeat(64) });
        collector.append([same(), same()]);
        collector.append([same()]);
        const count = appender < asked.length ? 6 : 3;
        const expected = Array.from({ length: count }, (_, i) => asked.map((_, who) => [i + 1, who])).flat();
        expect(told).toEqual(expected);
      }),
    );
  });

  it('equals that of a Subject when subscribers come or go during a delivery', () => {
    const deed = fc.record({
      at: fc.integer({ min: 1, max: 6 }),
      who: fc.nat(3),
      what: fc.constantFrom('come', 'go', 'send'),
      whom: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 6 }), (deeds) => {
        const play = (subscribe: (next: (n: number) => void) => Subscription, send: () => void): string[] => {
          const told: string[] = [];
          const members: Subscription[] = [];
          const come = (): void => {
            const me = members.length;
            if (me > 8) return;
            members.push(
              subscribe((n) => {
                told.push(`${n} to ${me}`);
                for (const { at, who, what, whom } of deeds) {
                  if (at !== n || who !== me) continue;
                  if (what === 'come') come();
                  else if (what === 'go') members[whom]?.unsubscribe();
                  else send();
                }
              }),
            );
          };
          for (let i = 0; i < 4; i++) come();
          for (let i = 0; i < 6; i++) send();
          return told;
        };
        const collector = createCollector({ limit: 100 });
        const ours = play(
          (next) => collector.events().subscribe(({ seq }) => next(seq)),
          () => collector.append([event()]),
        );
        // A Subject whose re-entrant `next` is queued.
        const subject = new Subject<number>();
        const queue: number[] = [];
        let [sent, busy] = [0, false];
        const theirs = play(
          (next) => subject.subscribe(next),
          () => {
            queue.push(++sent);
            if (busy) return;
            busy = true;
            for (let n = queue.shift(); n !== undefined; n = queue.shift()) subject.next(n);
            busy = false;
          },
        );
        expect(ours).toEqual(theirs);
      }),
    );
  });

  it('zips, and ends, like a Subject', () => {
    const collector = createCollector();
    const pairs: string[] = [];
    zip(collector.events({ name: 'e*' }), collector.events()).subscribe({
      next: ([a, b]) => pairs.push(`${a.seq}${b.seq}`),
      complete: () => pairs.push('end'),
    });
    collector.append(events(3));
    collector.complete();
    expect(pairs).toEqual(['11', '22', '33', 'end']);
  });
});

describe('the end', () => {
  it('follows the events appended earlier inside a subscriber, also for subscribers that come in between', () => {
    const collector = createCollector();
    const late: string[] = [];
    collector.events().subscribe(({ name }) => {
      if (name !== 'first') return;
      collector.append([event({ name: 'x' })]);
      collector.complete();
      collector.append([event({ name: 'too late' })]);
      collector.events({ since: 0n }).subscribe({
        next: (each) => late.push(each.name ?? ''),
        complete: () => late.push('end'),
      });
    });
    collector.append([event({ name: 'first' })]);
    expect(late).toEqual(['first', 'x', 'end']);
  });
});

it('holds and replays as the operator boundedReplay does', () => {
  const step = fc.oneof(
    fc.record({ send: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ come: fc.constant(true) }),
    fc.record({ go: fc.nat(5) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.integer({ min: 1, max: 6 }), (steps, limit) => {
      const play = (
        subscribe: (next: (n: number) => void) => Subscription,
        send: (numbers: number[]) => void,
      ): number[][] => {
        const members: { readonly seen: number[]; readonly subscription: Subscription }[] = [];
        let sent = 0;
        for (const each of steps) {
          if ('send' in each) send(Array.from({ length: each.send }, () => ++sent));
          else if ('go' in each) members[each.go]?.subscription.unsubscribe();
          else {
            const seen: number[] = [];
            members.push({ seen, subscription: subscribe((n) => seen.push(n)) });
          }
        }
        return members.map(({ seen }) => seen);
      };
      const collector = createCollector({ limit });
      const ours = play(
        (next) =>
          collector
            .events({ since: 0n })
            .subscribe(({ action, seq }) => (action === 'gap' ? undefined : next(seq))),
        (numbers) => collector.append(numbers.map(() => event())),
      );
      const source = new Subject<number>();
      const shared = source.pipe(boundedReplay({ count: limit, keepAlive: true }));
      shared.subscribe();
      const theirs = play(
        (next) => shared.subscribe(next),
        (numbers) => numbers.forEach((n) => source.next(n)),
      );
      expect(ours).toEqual(theirs);
    }),
  );
});
