import { fileURLToPath } from 'node:url';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import { type EventSource, gapEvent } from '../../../../src/event.ts';
import { openJournal, readJournal } from '../../../../src/journal/journal.ts';
import { event } from '../../../support/events.ts';
import { type MemoryStore, memoryStore } from '../../../support/memory-store.ts';

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

it('finds the events of an identity at any endpoint, else those of the endpoint', async () => {
  const tcp = { engine: 'docker', endpoint: 'tcp://127.0.0.1:2375', id: 'A1' };
  const unix = { ...tcp, endpoint: 'unix:///d' };
  const other = { ...unix, id: 'B2' };
  const store = memoryStore();
  const scheduler = new VirtualTimeScheduler();
  const journal = await openJournal({ directory: '', store, scheduler });
  const collector = createCollector({ ...journal, limit: 8 });
  journal.follow(collector);
  const add = (source: EventSource, name: string): void =>
    collector.append([event({ source, name, id: name })]);
  add(tcp, 'a1');
  const many = Array.from({ length: 10_000 }, (_, i) => `b${i}`);
  collector.append(many.map((name) => event({ source: other, name, id: name })));
  add(unix, 'a2');
  add({ ...tcp, endpoint: 'fifo:/run/tidings' }, 'recorded');
  add({ ...tcp, host: 'web-1' }, 'elsewhere');
  await journal.flush();
  const names = (source: EventSource, count = 512): unknown =>
    journal.newestOf(source, count).map(({ name }) => name);
  expect(names(tcp)).toEqual(['a1', 'a2']);
  expect(names(unix)).toEqual(['a1', 'a2']);
  expect(names({ ...tcp, endpoint: 'tcp://127.0.0.1:1' })).toEqual(['a1', 'a2']);
  expect(names({ ...unix, engine: 'podman' })).toEqual([]);
  expect(names({ ...unix, id: 'C3' }, 2)).toEqual(['b9999', 'a2']);
  expect(names({ engine: 'docker', endpoint: tcp.endpoint })).toEqual(['a1']);
  collector.complete();
  await journal.close();
});

it('finds an engine by its identity in a journal of an earlier version, whose filters lack it', async () => {
  const directory = fileURLToPath(new URL('../../../recordings/journal-of-engine', import.meta.url));
  const journal = readJournal({ directory });
  const id = 'OR7U:PEMZ:NEU3:BWSL:UNJR:LA5D:HNVN:SPFL:ACHU:PRBJ:HVTH:AVJW';
  const actions = (source: Partial<EventSource>): unknown =>
    journal?.newestOf({ engine: 'docker', ...source }, 512).map(({ action }) => action);
  const recorded = ['tag', 'import', 'create', 'connect', 'start', 'die', 'disconnect', 'destroy'];
  expect(actions({ id, endpoint: 'tcp://127.0.0.1:2375' })).toEqual(recorded);
  expect(actions({ id, endpoint: 'unix:///tmp/td-UlfvqE/s' })).toEqual(recorded);
  expect(actions({ id: 'another', endpoint: 'unix:///d' })).toEqual([]);
  await journal?.close();
});

/** A journal whose collector got those events, and which was then killed. */
async function killed(events: readonly (readonly [EventSource, number])[]): Promise<MemoryStore> {
  const store = memoryStore();
  const journal = await openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler() });
  const collector = createCollector({ ...journal, limit: 8 });
  journal.follow(collector);
  for (const [source, count] of events) {
    for (let i = 0; i < count; i++) collector.append([event({ source, id: `${i}` })]);
  }
  await journal.flush();
  return store.afterKill();
}

async function lostIn(store: MemoryStore): Promise<readonly [quiet: boolean, loud: boolean]> {
  const journal = await openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler() });
  return [journal.hasLost(quiet), journal.hasLost(loud)];
}

const first = '0000000000000001.segment';

describe('events of a source can be lost', () => {
  it('if a gap of the journal, or damage, is newer than the newest one that is left', async () => {
    const whole = await killed([
      [quiet, 1],
      [loud, 3000],
    ]);
    expect(await lostIn(whole.afterKill())).toEqual([false, false]);
    const bytes = whole.files.get(first) as Buffer;
    // The end of the newest chunk: only events of the loud one are there.
    bytes.fill(0x5a, bytes.length - 200);
    expect(await lostIn(whole)).toEqual([true, true]);
  });

  it('if nothing is left', async () => {
    const store = await killed([[quiet, 5]]);
    store.files.get(first)?.fill(0x5a);
    expect(await lostIn(store)).toEqual([true, true]);
  });

  it('once: not after the gap that tells it', async () => {
    const store = await killed([[quiet, 5]]);
    store.files.get(first)?.fill(0x5a);
    const journal = await openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler() });
    const collector = createCollector({ ...journal, limit: 8 });
    journal.follow(collector);
    collector.append([gapEvent({ source: quiet, timeNano: 1n, reason: 'upstream', detail: 'lost' })]);
    expect([journal.hasLost(quiet), journal.hasLost(loud)]).toEqual([false, true]);
  });

  it('in no new journal', async () => {
    expect(await lostIn(memoryStore())).toEqual([false, false]);
  });
});
