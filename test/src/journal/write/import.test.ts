import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framesIn } from '../../../../src/client/file.ts';
import { createCollector } from '../../../../src/collector/collector.ts';
import { formatCursor } from '../../../../src/collector/cursor.ts';
import type { Frame } from '../../../../src/collector/frames.ts';
import { encodeFrame } from '../../../../src/encoders/ndjson.ts';
import { importEvents } from '../../../../src/journal/write/import.ts';
import { openJournal, readJournal } from '../../../../src/journal/journal.ts';
import { memoryStore } from '../../../../src/journal/store/memory-store.ts';
import type { Store } from '../../../../src/journal/store/store.ts';
import { cursorAndEvent } from '../../../support/arbitraries.ts';
import { event } from '../../../support/events.ts';
import { record } from '../../../support/record.ts';

const directory = 'a file';
const epoch = 'k3f';
const at = (seq: number): string => formatCursor(epoch, seq);

/** Events and gaps whose numbers ascend, some left out. */
const exported: fc.Arbitrary<Frame[]> = fc
  .array(
    fc.record({
      skip: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 5 })),
      frame: fc.oneof(
        { weight: 5, arbitrary: cursorAndEvent },
        fc.record({
          count: fc.integer({ min: 1, max: 9 }),
          reason: fc.constantFrom('crash' as const, 'overflow' as const),
        }),
      ),
    }),
    { maxLength: 40 },
  )
  .map((all) => {
    let next = 1;
    return all.map(({ skip, frame }): Frame => {
      const from = next + skip;
      next = from + ('event' in frame ? 1 : frame.count);
      if ('event' in frame) return { kind: 'event', cursor: at(from), event: { ...frame.event, seq: from } };
      return { kind: 'gap', from: at(from), to: at(next - 1), ...frame };
    });
  });

async function* lines(frames: readonly Frame[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(frames.map((frame) => `${encodeFrame(frame)}\n`).join(''));
  // Cut anywhere.
  for (let i = 0; i < bytes.length; i += 1000) yield bytes.subarray(i, i + 1000);
}

/** All that a store has, as lines. */
async function exportOf(store: Store): Promise<string[]> {
  const journal = readJournal({ directory, store });
  if (journal === undefined) return [];
  const frames = record(createCollector({ ...journal, limit: 1 }).frames({ follow: false }));
  await frames.until(({ kind }) => kind === 'end');
  return frames.values.filter(({ kind }) => kind === 'event' || kind === 'gap').map(encodeFrame);
}

describe('importing', () => {
  it('gives back what was exported, byte by byte', async () => {
    await fc.assert(
      fc.asyncProperty(exported, async (frames) => {
        const store = memoryStore();
        const imported = await importEvents(framesIn(lines(frames)), { directory, store });
        const events = frames.filter(({ kind }) => kind === 'event').length;
        expect(imported).toMatchObject({ events, gaps: frames.length - events });
        expect(await exportOf(store)).toEqual(frames.map(encodeFrame));
      }),
    );
  });

  const eventAt = (seq: number, stream = epoch): Frame => {
    return { kind: 'event', cursor: formatCursor(stream, seq), event: { ...event(), seq } };
  };
  const take = async (store: Store, frames: readonly Frame[]): Promise<unknown> =>
    await importEvents(framesIn(lines(frames)), { directory, store });

  it('continues after the end of the journal, and so does a daemon after it', async () => {
    const store = memoryStore();
    await take(store, [eventAt(5), eventAt(6)]);
    await take(store, [eventAt(9)]);
    expect((await exportOf(store)).length).toBe(3);
    const journal = await openJournal({ directory, store });
    expect(journal).toMatchObject({ epoch, first: 10 });
    await journal.close();
  });

  it('refuses another stream and numbers that do not ascend, and keeps what came before', async () => {
    const store = memoryStore();
    await expect(take(store, [eventAt(1), eventAt(2, 'other')])).rejects.toThrow(
      /of the stream other, the journal is of k3f/,
    );
    await expect(take(store, [eventAt(1)])).rejects.toThrow(/number 1 comes after 1/);
    await expect(take(store, [eventAt(7), eventAt(7)])).rejects.toThrow(/number 7 comes after 7/);
    expect((await exportOf(store)).length).toBe(2);
  });

  it('names the invalid line', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from(`${encodeFrame(eventAt(1))}\n\n{"kind":"event"`);
    }
    await expect(importEvents(framesIn(broken()), { directory, store: memoryStore() })).rejects.toThrow(
      /^line 2: not a frame of tidings, it is not JSON/,
    );
  });
});
