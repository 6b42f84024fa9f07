/**
 * Journals that something happened to: opened as far as they can be read, or set aside, and never
 * silently empty.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Collector, createCollector } from '../../../src/collector/collector.ts';
import type { EngineEvent } from '../../../src/event.ts';
import { type Journal, openJournal, readJournal } from '../../../src/journal/journal.ts';
import type { Log } from '../../../src/log.ts';
import { event } from '../../support/events.ts';
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts';
import { stateDirectory } from '../../support/state-directory.ts';
import { findTool, mayMount } from '../../support/tools.ts';

/** Keeps what is said, as `level: text`. */
function listening(): Log & { said: string[] } {
  const said: string[] = [];
  const say = (level: string) => (_: unknown, text: string) => said.push(`${level}: ${text}`);
  return { said, debug: () => undefined, info: say('info'), warn: say('warn'), error: say('error') };
}

interface Running {
  readonly journal: Journal;
  readonly collector: Collector;
}

function follow(journal: Journal): Running {
  const collector = createCollector({ ...journal, limit: 100 });
  journal.follow(collector);
  return { journal, collector };
}

async function feed({ journal, collector }: Running, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const seq = journal.first + collector.status.events;
    collector.append([event({ id: `i${seq}`, attributes: { seq: String(seq) } })]);
    if (i % 50 === 49) await setImmediate();
  }
  await journal.flush();
}

async function stop({ journal, collector }: Running): Promise<void> {
  collector.complete();
  await journal.close();
}

/**
 * All readable events, and gaps as texts. Every number is in one of them, and every event is
 * unchanged.
 */
function everything({ collector }: Running): { events: readonly EngineEvent[]; gaps: readonly string[] } {
  const reader = collector.reader({ since: 0n, follow: false });
  const events: EngineEvent[] = [];
  const gaps: string[] = [];
  let next = 1;
  for (let more = true; more;) {
    const chunk = reader.read(64);
    for (const each of chunk.events) {
      if (each.seq !== next) throw new Error(`${each.seq} follows ${next - 1}`);
      if (each.attributes['seq'] !== String(each.seq)) throw new Error(`${each.seq} is another event`);
      next = each.seq + 1;
      events.push(each);
    }
    if (chunk.gap) {
      const { from, to, reason } = chunk.gap;
      if (from !== next) throw new Error(`a gap from ${from} follows ${next - 1}`);
      next = to + 1;
      gaps.push(`${from}-${to} ${reason}`);
    }
    more = chunk.more;
  }
  reader.close();
  return { events, gaps };
}

/** Numbers of gaps that are given as texts. */
const gapsOf = (gaps: readonly string[]): readonly { readonly from: number; readonly to: number }[] =>
  gaps.map((gap) => {
    const [from = 0, to = 0] = (/\d+-\d+/.exec(gap)?.[0] ?? '').split('-').map(Number);
    return { from, to };
  });

const quiet = new VirtualTimeScheduler();
const open = async (store: MemoryStore, log?: Log): Promise<Running> =>
  follow(await openJournal({ directory: '', store, log, scheduler: quiet, commitEvents: 100 }));

/** A store that was written by three runs, the last of which crashed. */
async function written(): Promise<MemoryStore> {
  const store = memoryStore();
  for (const count of [1500, 700]) {
    const running = await open(store);
    await feed(running, count);
    await stop(running);
  }
  await feed(await open(store), 300);
  return store;
}

const segments = (store: MemoryStore): string[] =>
  [...store.files.keys()].filter((name) => name.endsWith('.segment')).sort();

describe('a journal', () => {
  it('whose newest segment was cut is read up to there', async () => {
    const store = await written();
    const newest = segments(store).at(-1) ?? '';
    const bytes = store.files.get(newest) as Buffer;
    store.files.set(newest, bytes.subarray(0, bytes.length - 100));
    const log = listening();
    const running = await open(store, log);
    const { events, gaps } = everything(running);
    expect(events.length).toBe(2498);
    expect(gaps).toEqual([`2499-${running.journal.first - 1} crash`]);
    expect(log.said).toEqual([
      `warn: ${running.journal.first - 2499} events are missing: the process was killed before they were written`,
    ]);
  });

  it('in whose middle something was overwritten has a gap there', async () => {
    const store = await written();
    const [oldest = ''] = segments(store);
    store.files.get(oldest)?.fill(0x5a, 20_000, 21_000);
    const log = listening();
    const { events, gaps } = everything(await open(store, log));
    expect(gaps[0]).toMatch(/^\d+-\d+ damaged$/);
    expect(events.length).toBeGreaterThan(1000);
    expect(log.said).toContain('error: the journal is damaged: events can no longer be read');
  });

  it('in whose middle something was overwritten loses no more to a client that had a part of it', async () => {
    const store = await written();
    const [oldest = ''] = segments(store);
    store.files.get(oldest)?.fill(0x5a, 20_000, 21_000);
    const running = await open(store);
    const { collector } = running;
    const [{ from, to } = { from: 0, to: 0 }] = gapsOf(everything(running).gaps);
    const had = Math.floor((from + to) / 2);
    const cursor = collector.cursorOf({ seq: had } as EngineEvent);
    const reader = collector.reader({ cursor, follow: false });
    expect(reader.read(64).gap).toEqual({ from: had + 1, to, reason: 'damaged' });
    expect(reader.read(64).events[0]?.seq).toBe(to + 1);
    reader.close();
  });

  it.each([['numbers', 'of a version to come', '{"version":9,"format":9,"epoch":"abc"}']])(
    'whose %s are %s is set aside whole',
    async (name, _, text) => {
      const { crc32 } = await import('node:zlib');
      const store = await written();
      const bytes = Buffer.alloc(512, ' ');
      bytes.write(text, 8, 'latin1');
      bytes.writeUInt32LE(crc32(bytes.subarray(8)), 0);
      store.files.set(name, bytes);
      const kept = segments(store);
      const log = listening();
      const running = await open(store, log);
      expect(running.journal.first).toBe(1);
      expect(everything(running).events).toEqual([]);
      for (const each of kept) expect(store.files.has(`${each}.aside`)).toBe(true);
      expect(log.said).toContain(
        'error: a file of the journal cannot be used and was set aside: the journal has format 9, of a later version of tidings, and this version reads formats up to 3',
      );
    },
  );

  it('that has lost its numbers continues in its epoch, without a repeated number', async () => {
    const store = await written();
    const { epoch } = readJournal({ directory: '', store }) ?? {};
    store.files.delete('numbers');
    const running = await open(store);
    expect(running.journal.epoch).toBe(epoch);
    expect(running.journal.first).toBeGreaterThan(2 ** 32);
    expect(everything(running).events.length).toBe(2500);
    await feed(running, 10);
    expect(everything(running).events.length).toBe(2510);
  });

  it('can be opened whatever was done to its files, and everything in it is accounted for', async () => {
    const pristine = await written();
    const damage = fc.record({
      file: fc.nat(),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      what: fc.oneof(
        fc.record({ do: fc.constant('cut' as const) }),
        fc.record({ do: fc.constant('remove' as const) }),
        fc.record({
          do: fc.constant('write' as const),
          bytes: fc.uint8Array({ minLength: 1, maxLength: 5000 }),
        }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (all) => {
        const store = memoryStore(
          new Map([...pristine.files].map(([name, bytes]) => [name, Buffer.from(bytes)])),
        );
        for (const { file, at, what } of all) {
          const name = [...store.files.keys()][file % store.files.size] ?? '';
          const bytes = store.files.get(name) ?? Buffer.alloc(0);
          const place = Math.floor(at * bytes.length);
          if (what.do === 'cut') store.files.set(name, bytes.subarray(0, place));
          else if (what.do === 'remove') store.files.delete(name);
          else bytes.set(what.bytes.subarray(0, bytes.length - place), place);
          if (store.files.size === 0) return;
        }
        readJournal({ directory: '', store });
        for (let again = 0; again < 2; again++) {
          const running = await open(store);
          await feed(running, 5);
          expect(
            everything(running)
              .events.slice(-5)
              .map(({ seq }) => seq),
          ).toEqual(Array.from({ length: 5 }, (_, i) => running.journal.first + i));
          await stop(running);
        }
      }),
      { numRuns: 75 },
    );
  }, 60_000);
});

describe('a disk', () => {
  it('that is slow costs the journal the events without room, as a gap, and affects no subscriber', async () => {
    const store = memoryStore();
    const log = listening();
    const running = follow(
      await openJournal({
        directory: '',
        store,
        log,
        scheduler: quiet,
        commitEvents: 100,
        retainSize: 2 ** 20,
      }),
    );
    const { journal, collector } = running;
    let live = 0;
    collector.events().subscribe(() => live++);
    store.hold();
    const big = 'x'.repeat(2000);
    for (let i = 0; i < 2000; i++) {
      collector.append([event({ id: `i${i + 1}`, attributes: { seq: String(i + 1), big: `${big}${i}` } })]);
      await Promise.resolve();
    }
    expect(live).toBe(2000);
    expect(journal.status.pending).toBeLessThan(2 ** 20);
    store.release();
    await journal.flush();
    await journal.flush();
    const { lost } = journal.status;
    expect(lost).toBeGreaterThan(1000);
    expect(journal.status.durable).toBe(2000);
    const { events, gaps } = everything(running);
    expect(gaps).toEqual(
      [`${events.length + lost - 99}-1900 overflow`].map(() => expect.stringMatching(/overflow$/)),
    );
    expect(events.length + lost).toBe(2000);
    expect(log.said).toContain('warn: the disk cannot keep up: events are missing in the journal, as a gap');
    await stop(running);
  });

  it('that fails is tried again, and what was written in part is written again', async () => {
    const store = memoryStore();
    const log = listening();
    const running = await open(store, log);
    await feed(running, 150);
    store.failure = { error: new Error('no space left'), bytes: 30 };
    await feed(running, 150);
    expect(running.journal.status).toMatchObject({ durable: 150, failure: 'no space left' });
    store.failure = undefined;
    await running.journal.flush();
    expect(running.journal.status).toMatchObject({ durable: 300, failure: undefined, lost: 0 });
    expect(log.said).toEqual([
      'error: the journal cannot be written: trying again',
      'info: the journal can be written again',
    ]);
    await stop(running);
    expect(everything(await open(store)).events.length).toBe(300);
  });
});

const mount = findTool('mount');
const umount = findTool('umount');

describe.skipIf(!mayMount() || mount === undefined || umount === undefined)('a small file system', () => {
  /** A tmpfs of that size. */
  function small(size: string): string {
    const directory = join(stateDirectory(), 'small');
    mkdirSync(directory);
    execFileSync(mount ?? '', ['-t', 'tmpfs', '-o', `size=${size},mode=0750`, 'tidings-test', directory]);
    onTestFinished(() => void execFileSync(umount ?? '', ['--lazy', directory]));
    return directory;
  }

  it('that is full stops the journal alone, until there is room again', async () => {
    const directory = small('1m');
    const log = listening();
    const running = follow(await openJournal({ directory, log, commitEvents: 100 }));
    const { journal, collector } = running;
    let live = 0;
    collector.events().subscribe(() => live++);
    const ballast = join(directory, 'ballast');
    expect(() => writeFileSync(ballast, Buffer.alloc(2 ** 20))).toThrow('ENOSPC');
    await feed(running, 5000);
    expect(live).toBe(5000);
    expect(journal.status.failure).toMatch(/ENOSPC/);
    expect(journal.status.durable).toBeLessThan(5000);
    rmSync(ballast);
    for (; journal.status.durable < 5000; await delay(10)) await journal.flush();
    expect(journal.status.failure).toBeUndefined();
    expect(everything(running)).toMatchObject({ gaps: [] });
    expect(everything(running).events.length).toBe(5000);
    await stop(running);
    expect(readJournal({ directory })?.first).toBe(5001);
  });

  it('that may not be written is still read', async () => {
    const directory = small('4m');
    const running = follow(await openJournal({ directory }));
    await feed(running, 500);
    await stop(running);
    execFileSync(mount ?? '', ['-o', 'remount,ro', directory]);
    await expect(openJournal({ directory })).rejects.toThrow(/read-only|EROFS/i);
    const reader = readJournal({ directory });
    expect(reader?.archive.read(1, 501, 1000, {}).events.length).toBe(500);
    await reader?.close();
  });
});

describe('a file of a journal', () => {
  it('that is cut short while it is read is a gap, and ends no reader', async () => {
    const directory = mkdtempSync('/tmp/td-');
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const first = follow(await openJournal({ directory }));
    await feed(first, 3000);
    await stop(first);
    const running = follow(await openJournal({ directory }));
    const [segment = ''] = readdirSync(directory).filter((name) => name.endsWith('.segment'));
    truncateSync(join(directory, segment), 30_000);
    const { events, gaps } = everything(running);
    expect(events.length).toBeLessThan(3000);
    expect(gaps.every((gap) => gap.endsWith('damaged'))).toBe(true);
    await stop(running);
  });
});
