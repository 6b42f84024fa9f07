/**
 * Containers at a past time: snapshots do not change the answer, which equals a fold from the
 * start.
 */
import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { createStateTable } from '../../../../operators/state-table.ts';
import { createCollector } from '../../../../src/collector/collector.ts';
import { gapEvent, type IncomingEvent } from '../../../../src/event.ts';
import { containersAt, step } from '../../../../src/journal/states/containers-at.ts';
import { openJournal, readJournal } from '../../../../src/journal/journal.ts';
import { find, historyOf } from '../../../../src/journal/read/recovery.ts';
import { Snapshots } from '../../../../src/journal/states/snapshots.ts';
import { StateFold } from '../../../../src/journal/states/state-fold.ts';
import { silent } from '../../../../src/log.ts';
import { event } from '../../../support/events.ts';
import { memoryStore, type MemoryStore } from '../../../support/memory-store.ts';

const actions = [
  'create',
  'start',
  'die',
  'oom',
  'pause',
  'unpause',
  'restart',
  'destroy',
  'rename',
  'exec_start: sh',
];
const incoming: fc.Arbitrary<IncomingEvent> = fc
  .record({
    action: fc.constantFrom(...actions),
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    time: fc.integer({ min: 0, max: 50 }),
    engine: fc.constantFrom('docker', 'podman'),
    exitCode: fc.constantFrom('0', '137'),
    gap: fc.nat({ max: 15 }),
  })
  .map(({ action, id, time, engine, exitCode, gap }) => {
    const timeNano = BigInt(time);
    if (gap === 0) return gapEvent({ source: { engine }, timeNano, reason: 'upstream', detail: 'lost' });
    return event({ action, id, name: `n${id}`, timeNano, source: { engine }, attributes: { exitCode } });
  });

/** Records the events, in runs that end in order where there is a `true`. */
async function recorded(events: readonly (IncomingEvent | true)[], store: MemoryStore): Promise<void> {
  const open = () => openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler() });
  let journal = await open();
  let collector = createCollector({ ...journal, limit: 1000 });
  journal.follow(collector);
  for (const each of [...events, true] as const) {
    if (each !== true) {
      collector.append([{ ...each }]);
      continue;
    }
    collector.complete();
    await journal.close();
    journal = await open();
    collector = createCollector({ ...journal, limit: 1000 });
    journal.follow(collector);
  }
  collector.complete();
  await journal.close();
}

describe('what ran at a time', () => {
  it('is the same from snapshots as from the beginning, and as folded by hand', async () => {
    const steps = fc.array(
      fc.oneof({ weight: 9, arbitrary: incoming }, { weight: 1, arbitrary: fc.constant(true as const) }),
      {
        maxLength: 60,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }),
        async (events, kept) => {
          const store = memoryStore();
          await recorded(events, store);
          const found = find(store);
          const history = historyOf(store, found, silent, () => found.end);
          const snapshots = new Snapshots(store, found.saved.numbers.salt, found.first);
          const fold = new StateFold(1);
          for (let i = 0; step(history, fold); i++) {
            if (kept[i % kept.length] === true) await snapshots.add(fold.toSnapshot(), 2 ** 20);
          }
          for (const time of [-1n, 0n, 7n, 25n, 49n, 50n, 10_000_000n]) {
            const answer = await containersAt(
              history,
              new Snapshots(store, found.saved.numbers.salt, found.first),
              time,
            );
            expect(answer).toEqual(await containersAt(history, undefined, time));
            const table = createStateTable();
            for (const each of events) if (each !== true && each.timeNano <= time) table.fold(each);
            const states = answer.containers.map((state) => ({ ...state, uncertain: undefined }));
            expect(states).toEqual([...table].filter(({ state }) => state !== 'removed'));
          }
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  it('takes a bounded number of states in one turn of the event loop', async () => {
    const store = memoryStore();
    const started = (n: number): IncomingEvent =>
      event({ id: `c${n}`, action: 'start', timeNano: BigInt(n), source: { engine: 'docker' } });
    await recorded(
      Array.from({ length: 2000 }, (_, n) => started(n)),
      store,
    );
    const journal = readJournal({ directory: '', store });
    let turn = 0;
    const count = (): void => {
      turn++;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    const seeded = new Map<number, number>();
    const seed = vi.spyOn(StateFold.prototype, 'seed');
    seed.mockImplementation(function (this: StateFold, states) {
      seeded.set(turn, (seeded.get(turn) ?? 0) + states.length);
      for (const { id } of states) this.events([{ ...started(0), id, seq: 1 }], 0);
    });
    const found = await journal?.containersAt(2n ** 62n);
    clearImmediate(next);
    seed.mockRestore();
    expect(found?.containers).toHaveLength(2000);
    expect(Math.max(...seeded.values())).toBe(512);
    expect(seeded.size).toBe(4);
  });

  it('is uncertain for those that had no event since a gap', async () => {
    const store = memoryStore();
    const at = (time: number, parts: Partial<IncomingEvent>): IncomingEvent =>
      event({ timeNano: BigInt(time), ...parts });
    const lost = gapEvent({ source: { engine: 'test' }, timeNano: 3n, reason: 'upstream', detail: 'lost' });
    await recorded([at(1, { id: 'a' }), at(2, { id: 'b' }), lost, at(4, { id: 'b', action: 'die' })], store);
    const reader = readJournal({ directory: '', store });
    const then = await reader?.containersAt(5n);
    const brief = then?.containers.map(({ id, state, uncertain = false }) => `${id} ${state} ${uncertain}`);
    expect(brief?.sort()).toEqual(['a running true', 'b exited false']);
    expect(then?.gaps).toEqual([{ reason: 'upstream', since: '3', until: '3', engine: 'test' }]);
    expect((await reader?.containersAt(2n))?.gaps).toEqual([]);
  });

  it('is not put off by an event from the future', async () => {
    const store = memoryStore();
    await recorded([event({ id: 'a', timeNano: 2n ** 62n })], store);
    const reader = readJournal({ directory: '', store });
    const soon = BigInt(Date.now() + 3_600_000) * 1_000_000n;
    expect((await reader?.containersAt(soon))?.containers.map(({ id }) => id)).toEqual(['a']);
  });
});
