/** A journal and all that was ever delivered: what its properties are tested against. */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { createCollector } from '../../../src/collector/collector.ts';
import type { EngineEvent, IncomingEvent } from '../../../src/event.ts';
import { openJournal } from '../../../src/journal/journal.ts';
import { event } from '../../support/events.ts';
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts';

/** Age at which events expire: in ms. */
const AGE = 100_000;
const LIMIT = 64;

export type Step =
  | { readonly do: 'append'; readonly count: number; readonly slips: readonly number[] }
  | { readonly do: 'flush' | 'restart' | 'kill' }
  | { readonly do: 'crash'; readonly bytes: number }
  | { readonly do: 'wait'; readonly ms: number };

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 200 }),
      slips: fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 4, arbitrary: fc.constantFrom<Step>({ do: 'flush' }, { do: 'restart' }, { do: 'kill' }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('crash' as const), bytes: fc.integer({ min: 0, max: 20_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: AGE }) }),
  },
);

/** A journal and its collector, and all that was ever delivered. */
export class World {
  readonly delivered: Map<number, IncomingEvent> = new Map();
  /** When each was recorded: in ms. */
  readonly recorded: Map<number, number> = new Map();
  /** Those that were said to be durable. */
  readonly acknowledged: Set<number> = new Set();
  now = 1_700_000_000_000;
  store: MemoryStore = memoryStore();
  journal!: Awaited<ReturnType<typeof openJournal>>;
  collector!: ReturnType<typeof createCollector>;

  async open(): Promise<void> {
    this.journal = await openJournal({
      directory: '',
      store: this.store,
      retainAge: AGE,
      commitEvents: 50,
      scheduler: new VirtualTimeScheduler(),
      clock: () => BigInt(this.now) * 1_000_000n,
    });
    const highest = Math.max(0, ...this.delivered.keys());
    assert.ok(this.journal.first > highest);
    this.collector = createCollector({ limit: LIMIT, ...this.journal });
    this.journal.follow(this.collector);
  }

  async run(each: Step): Promise<void> {
    switch (each.do) {
      case 'append':
        return await this.append(each.count, each.slips);
      case 'flush':
        return await this.journal.flush();
      case 'wait':
        this.now += each.ms;
        return;
      case 'crash': {
        // Some of it is being written when the power goes.
        this.store.hold();
        void this.journal.flush();
        await setImmediate();
        for (const seq of this.delivered.keys()) {
          const { first, status } = this.journal;
          if (seq >= first && seq <= status.durable) this.acknowledged.add(seq);
        }
        this.store = this.store.afterPowerCut(each.bytes);
        return await this.open();
      }
      case 'kill': {
        // The system has all that was delivered: the next number is exact, and nothing is missing.
        const next = this.journal.first + this.collector.status.events;
        this.store = this.store.afterKill();
        await this.open();
        assert.equal(this.journal.first, next);
        return;
      }
      case 'restart':
        this.collector.complete();
        await this.journal.close();
        return await this.open();
    }
  }

  async append(count: number, slips: readonly number[]): Promise<void> {
    for (let i = 0; i < count; i++) {
      const seq = this.journal.first + this.collector.status.events;
      const time = this.now + (slips[i % slips.length] as number);
      const one = event({ name: `n${seq % 7}`, id: `i${seq}`, timeNano: BigInt(time) * 1_000_000n });
      this.delivered.set(seq, { ...one });
      this.recorded.set(seq, this.now);
      this.collector.append([one]);
      // The journal takes its events before the next one.
      await Promise.resolve();
    }
  }

  /**
   * Every number from the oldest on: an event as it was delivered, or in a gap. @returns the events
   */
  check(): readonly EngineEvent[] {
    const reader = this.collector.reader({ since: -(2n ** 62n), follow: false });
    let next = 0;
    const seen: EngineEvent[] = [];
    for (let more = true; more;) {
      const chunk = reader.read(37);
      for (const each of chunk.events) {
        if (next > 0) assert.equal(each.seq, next);
        next = each.seq + 1;
        seen.push(each);
      }
      if (chunk.gap !== undefined) {
        const { from, to, reason } = chunk.gap;
        if (next > 0) assert.equal(from, next);
        next = to + 1;
        assert.ok(reason === 'crash' || reason === 'expired', reason);
        if (reason === 'crash')
          for (const seq of this.acknowledged) assert.ok(seq < from || seq > to, `${seq} was acknowledged`);
      }
      more = chunk.more;
    }
    reader.close();
    for (const each of seen) {
      assert.deepEqual(
        stated(each),
        stated({ ...(this.delivered.get(each.seq) as IncomingEvent), seq: each.seq }),
      );
    }
    return seen;
  }

  /** No expired event is readable. */
  checkAge(): void {
    for (const { seq } of this.check()) {
      const age = this.now - (this.recorded.get(seq) as number);
      assert.ok(age < AGE, `${seq} is ${age} ms old`);
    }
  }

  async end(): Promise<void> {
    this.collector.complete();
    await this.journal.close();
  }
}

/** The fields of an event, as a plain object. */
function stated(event: IncomingEvent & { readonly seq: number }): Record<string, unknown> {
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined));
}
