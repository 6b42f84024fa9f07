import fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inOrder } from '../../../operators/inOrder.ts';
import { HostMerge } from '../../../src/fleet/merge-hosts.ts';
import { virtualTime } from '../../support/virtual-time.ts';

interface Entry {
  readonly host: string;
  /** Its number on its host. */
  readonly n: number;
  readonly timeNano: bigint;
}

const MS = 1_000_000n;

function merging(wait = 5000) {
  const time = virtualTime();
  const emitted: Entry[] = [];
  const overtaken: string[] = [];
  const room: string[] = [];
  const merge = new HostMerge<Entry>({
    ...{ wait, scheduler: time.scheduler },
    emit: (entry) => emitted.push(entry),
    onOvertaken: (host) => overtaken.push(host),
    onRoom: (host) => room.push(host),
  });
  const push = (host: string, n: number, at: number): void =>
    merge.push(host, { host, n, timeNano: BigInt(at) * MS });
  const texts = (): string[] => emitted.map(({ host, n }) => `${host}${n}`);
  return { time, merge, emitted, overtaken, room, push, texts };
}

describe('the merge of hosts', () => {
  it('orders the past of all hosts by time', () => {
    const { merge, push, texts } = merging();
    for (const host of ['a', 'b']) merge.join(host);
    push('a', 1, 10);
    push('a', 2, 30);
    expect(texts()).toEqual([]);
    push('b', 1, 20);
    expect(texts()).toEqual(['a1', 'b1']);
    merge.live('b');
    expect(texts()).toEqual(['a1', 'b1', 'a2']);
  });

  it('waits for a host that does not answer, but not for ever, and says which', () => {
    const { merge, push, texts, overtaken, time } = merging(1000);
    for (const host of ['a', 'b']) merge.join(host);
    time.pass(600);
    push('a', 1, 10);
    time.pass(300);
    expect(texts()).toEqual([]);
    time.pass(200);
    expect(overtaken).toEqual(['b']);
    expect(texts()).toEqual(['a1']);
    push('b', 1, 5);
    merge.live('a');
    expect(texts()).toEqual(['a1', 'b1']);
  });

  it('emits the waiting events of a host that leaves', () => {
    const { merge, push, texts } = merging();
    for (const host of ['a', 'b']) merge.join(host);
    push('b', 1, 20);
    merge.leave('a');
    expect(texts()).toEqual(['b1']);
    merge.leave('b');
    expect(merge.reads).toBe(false);
  });

  it('holds events back while it is paused, and tells hosts when they have room again', () => {
    const { merge, push, texts, room } = merging();
    merge.join('a');
    merge.pause(true);
    for (let n = 0; n < 256; n++) push('a', n, n);
    expect(merge.hasRoom('a')).toBe(false);
    expect(texts()).toEqual([]);
    merge.pause(false);
    expect(texts()).toHaveLength(256);
    expect(room).toEqual(['a']);
    expect(merge.waiting('a')).toBe(0);
  });

  /** A life of a host: it sends events, is cut off, and comes back. */
  const life = fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('event' as const),
          after: fc.integer({ min: 0, max: 400 }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('cut' as const),
          after: fc.integer({ min: 0, max: 30_000 }),
        }),
      },
    ),
    { maxLength: 12 },
  );
  const host = fc.record({
    skew: fc.integer({ min: -60_000, max: 60_000 }),
    past: fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 8 }),
    /** True if it never answers. */
    dead: fc.boolean(),
    life,
  });

  /**
   * Simulates hosts: their clocks are off by up to a minute, which the reader corrects; some never
   * answer, and others are cut off and send what happened meanwhile at once.
   */
  function simulate(hosts: readonly (typeof host extends fc.Arbitrary<infer T> ? T : never)[]): void {
    const { time, merge, emitted, push } = merging(5000);
    const ordered: Entry[] = [];
    const late: Entry[] = [];
    const all = new Subject<Entry>();
    all
      .pipe(inOrder({ slack: 250, scheduler: time.scheduler, onLate: (entry) => late.push(entry) }))
      .subscribe((entry) => ordered.push(entry));
    let passed = 0;
    const forward = (): void => {
      while (passed < emitted.length) all.next(emitted[passed++] as Entry);
    };
    const NOW = 200_000;
    let sent = 0;
    for (const [i] of hosts.entries()) merge.join(`h${i}`);
    const deliveries: { readonly at: number; readonly deliver: () => void }[] = [];
    // The past arrives at different speeds.
    for (const [i, { past, skew, dead, life: later }] of hosts.entries()) {
      if (dead) continue;
      const name = `h${i}`;
      let n = 0;
      const send = (times: readonly number[]): void => {
        // Its own clock is off, and its heartbeats told by how much.
        for (const at of times) push(name, n++, at + skew - skew);
        sent += times.length;
      };
      const begin = (i * 37) % 4000;
      deliveries.push({
        at: begin,
        deliver: () => {
          send(past.toSorted((one, other) => one - other));
          merge.live(name);
        },
      });
      let delay = begin;
      let held: number[] = [];
      for (const { kind, after } of later) {
        delay += after;
        const times = [...held, NOW + delay];
        held = kind === 'cut' ? times : [];
        if (kind === 'event') deliveries.push({ at: delay, deliver: () => send(times) });
      }
    }
    for (const { at, deliver } of deliveries.toSorted((one, other) => one.at - other.at)) {
      time.pass(Math.max(0, at - time.scheduler.now()));
      forward();
      deliver();
      forward();
    }
    time.pass(10_000);
    forward();
    time.pass(1000);
    // Nothing is lost, nothing comes twice, and each host keeps its order.
    expect(ordered).toHaveLength(sent);
    const next = new Map<string, number>();
    const isInOrder = ordered.every(({ host: name, n }) => {
      const wanted = next.get(name) ?? 0;
      next.set(name, wanted + 1);
      return n === wanted;
    });
    expect(isInOrder).toBe(true);
    // All others are in the order of time.
    const isLate = new Set(late);
    const punctual = ordered.filter((entry) => !isLate.has(entry));
    expect(
      punctual.every((entry, i) => i === 0 || (punctual[i - 1] as Entry).timeNano <= entry.timeNano),
    ).toBe(true);
    // While every host answers in time, the past is complete and in order.
    const pasts = ordered.filter(({ timeNano }) => timeNano < BigInt(NOW) * MS);
    const isSorted = pasts.every((entry, i) => i === 0 || (pasts[i - 1] as Entry).timeNano <= entry.timeNano);
    expect(isSorted || hosts.some(({ dead }) => dead)).toBe(true);
    expect(merge.reads).toBe(false);
  }

  it('loses nothing, repeats nothing and keeps the order of each of any few hosts', () => {
    fc.assert(fc.property(fc.array(host, { minLength: 1, maxLength: 12 }), simulate), { numRuns: 200 });
  });

  it.each([
    [1000, 3],
    [10_000, 1],
  ])('does the same with %i hosts', (count, numRuns) => {
    const some = fc.array(host, { minLength: 50, maxLength: 100 });
    fc.assert(
      fc.property(some, (kinds) =>
        simulate(Array.from({ length: count }, (_, i) => kinds[i % kinds.length] as (typeof kinds)[number])),
      ),
      { numRuns },
    );
  });
});
