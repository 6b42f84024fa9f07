/** The end of a journal: no work in flight continues after it. */
import { setImmediate } from 'node:timers/promises';
import { VirtualTimeScheduler } from 'rxjs';
import { expect, it } from 'vitest';
import { createCollector } from '../../../src/collector/collector.ts';
import { openJournal } from '../../../src/journal/journal.ts';
import type { Store } from '../../../src/journal/store/store.ts';
import { event } from '../../support/events.ts';
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts';

/** The same store, which counts its calls. */
function counted(store: MemoryStore): Store & { calls: number } {
  const counter = { calls: 0 };
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'calls') return counter.calls;
      const value = Reflect.get(target, name);
      if (typeof value === 'function') counter.calls++;
      return value;
    },
  }) as unknown as Store & { calls: number };
}

it('ends snapshots and questions that are under way', async () => {
  const store = counted(memoryStore());
  const scheduler = new VirtualTimeScheduler();
  const journal = await openJournal({ directory: '', store, scheduler });
  const collector = createCollector({ ...journal, limit: 1000 });
  journal.follow(collector);
  for (let i = 0; i < 40; i++) {
    collector.append(
      Array.from({ length: 1000 }, (_, j) => event({ id: `c${j}`, timeNano: BigInt(i * 1000 + j) })),
    );
  }
  await journal.flush();
  const question = journal.containersAt(39_000n).catch((error: Error) => error.message);
  await setImmediate();
  collector.complete();
  await journal.close();
  const { calls } = store;
  scheduler.maxFrames = scheduler.now() + 60_000;
  scheduler.flush();
  for (let i = 0; i < 50; i++) await setImmediate();
  expect(await question).toBe('the journal is closed');
  expect(store.calls).toBe(calls);
});
