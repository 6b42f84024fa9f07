import { setImmediate } from 'node:timers/promises';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import { openJournal } from '../../../../src/journal/journal.ts';
import { event } from '../../../support/events.ts';
import { memoryStore } from '../../../support/memory-store.ts';

describe('the background', () => {
  it('keeps a snapshot of states now and then, and as many as there is history for', async () => {
    const store = memoryStore();
    const scheduler = new VirtualTimeScheduler();
    scheduler.maxFrames = 0;
    const journal = await openJournal({ directory: '', store, scheduler, retainSize: 2 ** 21 });
    const collector = createCollector({ ...journal, limit: 2000 });
    journal.follow(collector);
    /** Lets time pass, and what it sets off happen. */
    const pass = async (ms: number): Promise<void> => {
      for (const end = scheduler.now() + ms; scheduler.now() < end;) {
        scheduler.maxFrames = scheduler.now() + 50;
        scheduler.flush();
        scheduler.frame = scheduler.maxFrames;
        await setImmediate();
      }
    };
    for (let i = 0; i < 140; i++) {
      const id = `c${i % 7}`;
      collector.append(
        Array.from({ length: 1000 }, (_, j) =>
          event({ id, name: `${id}-${j}`, timeNano: BigInt(i * 1000 + j) }),
        ),
      );
      await pass(50);
    }
    await journal.flush();
    await pass(5000);
    const snapshots = (): string[] => [...store.files.keys()].filter((name) => name.endsWith('.states'));
    expect(snapshots().length).toBeGreaterThan(0);
    const { oldest } = journal.archive;
    expect(oldest).toBeGreaterThan(1);
    // Of those before the oldest event, only the newest is of use.
    const before = snapshots().filter((name) => Number(name.slice(0, 16)) <= oldest);
    expect(before.length).toBeLessThanOrEqual(1);
    const { containers } = await journal.containersAt(139_999n);
    expect(containers.map(({ id }) => id).sort()).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6']);
    const size = [...store.files.values()].reduce((sum, { length }) => sum + length, 0);
    expect(size).toBeLessThanOrEqual(2 ** 21);
    collector.complete();
    await journal.close();
  });
});
