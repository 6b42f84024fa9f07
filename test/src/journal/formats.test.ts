/** Journals in every format that was ever written: they are read on, and written on. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../src/collector/collector.ts';
import { openJournal, readJournal } from '../../../src/journal/journal.ts';
import { event } from '../../support/events.ts';
import { stateDirectory } from '../../support/state-directory.ts';

const BEGIN = 1_764_300_000_000_000_000n;
const ACTIONS = ['create', 'start', 'die', 'destroy'];

/** The events that each of them holds. */
const expected = Array.from({ length: 300 }, (_, i) => ({
  seq: i + 1,
  timeNano: BEGIN + BigInt(i) * 1000n,
  type: 'container',
  action: ACTIONS[i % 4],
  id: `c${i >> 3}`.padEnd(64, '0'),
  name: `web-${i >> 3}`,
  attributes: { image: 'busybox', n: String(i), odd: 'ü\u20ac\ud800' },
  source: { engine: 'docker', endpoint: 'unix:///var/run/docker.sock' },
}));

describe.each([1, 2, 3])('a journal of format %i', (format) => {
  const fixture = fileURLToPath(new URL(`../../recordings/journal-format-${format}`, import.meta.url));
  const copy = (): string => {
    const directory = join(stateDirectory(), 'journal');
    cpSync(fixture, directory, { recursive: true });
    return directory;
  };

  it('is read as it was written', async () => {
    const journal = readJournal({ directory: copy() });
    expect(journal?.archive.read(1, journal.first, 1000, {})).toEqual({ events: expected, next: 301 });
    await journal?.close();
  });

  it('is gone on with, under the same epoch', async () => {
    const directory = copy();
    // The fixture does not get older: it is kept as long as the disk has room.
    const journal = await openJournal({ directory, retainAge: 1e15 });
    expect(journal.epoch).toMatch(/^m[wx]/);
    expect(journal.first).toBe(301);
    const collector = createCollector({ ...journal });
    journal.follow(collector);
    collector.append([event({ name: 'more' })]);
    await journal.flush();
    const { events } = journal.archive.read(1, 302, 1000, {});
    expect(events.slice(0, 300)).toEqual(expected);
    expect(events[300]?.name).toBe('more');
    collector.complete();
    await journal.close();
  });
});
