import { setImmediate } from 'node:timers/promises';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import { openJournal } from '../../../../src/journal/journal.ts';
import { event } from '../../../support/events.ts';
import { memoryStore } from '../../../support/memory-store.ts';

describe('the end of a journal', () => {
  it('leaves a snapshot, from which the next one has all states without reading events', async () => {
    const store = memoryStore();
    const first = await openJournal({ directory: '', store });
    const collector = createCollector({ ...first });
    first.follow(collector);
    for (const id of ['a', 'b', 'c']) collector.append([event({ id, action: 'start' })]);
    collector.append([event({ id: 'b', action: 'destroy' })]);
    const { containers } = await first.states();
    expect(containers.map(({ id }) => id)).toEqual(['a', 'c']);
    collector.complete();
    await first.close();
    const reads: number[] = [];
    const second = await openJournal({
      directory: '',
      store: {
        ...store,
        read: (name, offset, length) => {
          if (name.endsWith('.segment')) reads.push(length);
          return store.read(name, offset, length);
        },
      },
    });
    reads.length = 0;
    expect((await second.states()).containers).toEqual(containers);
    expect(reads).toEqual([]);
    await second.close();
    expect([...store.files.keys()].filter((name) => name.endsWith('.states')).length).toBe(1);
  });

  it('keeps up with gaps, and with events that it was not given one by one', async () => {
    const store = memoryStore();
    const journal = await openJournal({ directory: '', store, commitEvents: 50, retainSize: 2 ** 20 });
    const collector = createCollector({ ...journal, limit: 100 });
    journal.follow(collector);
    collector.append([event({ id: 'a', action: 'start' })]);
    store.failure = { error: new Error('full'), bytes: 0 };
    const big = 'x'.repeat(10_000);
    for (let i = 0; i < 500; i++) collector.append([event({ id: 'b', attributes: { big: `${big}${i}` } })]);
    await journal.flush();
    store.failure = undefined;
    await journal.flush();
    collector.append([event({ id: 'c', action: 'start' })]);
    await journal.flush();
    const { containers, gaps } = await journal.states();
    expect(journal.status.lost).toBeGreaterThan(0);
    expect(gaps.map(({ reason }) => reason)).toEqual(['overflow']);
    expect(containers.map(({ id, uncertain }) => [id, uncertain])).toContainEqual(['a', true]);
    expect(containers.at(-1)?.id).toBe('c');
    collector.complete();
    await journal.close();
  });
});

describe('the background', () => {
  it('keeps a snapshot of states now and then, and as many as there is history for', async () => {
    const store = memoryStore();
    const scheduler = new VirtualTimeScheduler();
    scheduler.maxFrames = 0;
    const journal = await openJournal({ directory: '', store, scheduler, retainSize: 2 ** 20 });
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
    expect(size).toBeLessThanOrEqual(2 ** 20);
    collector.complete();
    await journal.close();
  });
});
