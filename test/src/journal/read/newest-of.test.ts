import { VirtualTimeScheduler } from 'rxjs';
import { expect, it } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import { type EventSource, gapEvent } from '../../../../src/event.ts';
import { openJournal } from '../../../../src/journal/journal.ts';
import { event } from '../../../support/events.ts';
import { memoryStore } from '../../../support/memory-store.ts';

const quiet: EventSource = { engine: 'docker', endpoint: 'unix:///quiet.sock' };
const loud: EventSource = { engine: 'docker', endpoint: 'unix:///loud.sock' };

it('finds the events of a quiet engine behind many of another one of its kind', async () => {
  const store = memoryStore();
  const scheduler = new VirtualTimeScheduler();
  const journal = await openJournal({ directory: '', store, scheduler });
  const collector = createCollector({ ...journal, limit: 8 });
  journal.follow(collector);
  const add = (source: EventSource, name: string): void =>
    collector.append([event({ source, name, id: name })]);
  for (let i = 0; i < 4; i++) add(quiet, `quiet${i}`);
  collector.append([gapEvent({ source: quiet, timeNano: 1n, reason: 'upstream', detail: 'cut' })]);
  for (let i = 0; i < 3000; i++) add(loud, `loud${i}`);
  await journal.flush();
  const names = (source: EventSource, count: number): unknown =>
    journal.newestOf(source, count).map(({ name }) => name);
  expect(names(quiet, 3)).toEqual(['quiet1', 'quiet2', 'quiet3']);
  expect(names(quiet, 512)).toEqual(['quiet0', 'quiet1', 'quiet2', 'quiet3']);
  expect(names(loud, 2)).toEqual(['loud2998', 'loud2999']);
  expect(names({ engine: 'podman', endpoint: 'unix:///quiet.sock' }, 5)).toEqual([]);
  collector.complete();
  await journal.close();
});
