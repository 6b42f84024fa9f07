/** The numbers of a journal, whose checksum is right and whose content is not. */
import { crc32 } from 'node:zlib';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import { openJournal, readJournal } from '../../../../src/journal/journal.ts';
import { markPiece, readNumbers } from '../../../../src/journal/store/numbers.ts';
import { event } from '../../../support/events.ts';
import { type MemoryStore, memoryStore } from '../../../support/memory-store.ts';

const SLOT = 512;

const SOUND = {
  ...{ version: 7, format: 3, epoch: 'k3f', salt: 5, reserved: 100, settled: 90, oldest: 1, clean: true },
  ...{ earlier: ['a1'], boot: 'boot-1', forgotten: '-5' },
};

/** A slot with that text and a valid checksum. */
function slot(text: string): Buffer {
  const bytes = Buffer.alloc(SLOT, ' ');
  bytes.write(text, 8, 'latin1');
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 0);
  return bytes;
}

/** A store with these fields changed in its only copy. */
const changed = (change: object): MemoryStore =>
  memoryStore(
    new Map([
      ['numbers', Buffer.concat([slot(JSON.stringify({ ...SOUND, ...change })), Buffer.alloc(SLOT)])],
    ]),
  );

it('reads each field', () => {
  const { version, ...numbers } = SOUND;
  expect(readNumbers(changed({}))).toEqual({
    version,
    isOld: false,
    numbers: { ...numbers, forgotten: -5n },
  });
});

it('leaves out unknown fields: they would take the room of the others', () => {
  expect(readNumbers(changed({ more: 'x'.repeat(200) }))?.numbers).not.toHaveProperty('more');
});

it('reads the format of a later version beside fields of any kind', () => {
  expect(readNumbers(changed({ format: 99, salt: 'x', epoch: 1 }))?.numbers.format).toBe(99);
});

it.each<readonly [field: string, ...values: unknown[]]>([
  ['version', -1, 0.5, '7', 2 ** 53 - 1, null],
  ['format', -1, 0.5, '3', null],
  ['epoch', '', 'K3F', 1, 'x'.repeat(17), null],
  ['salt', -1, 0.5, 2 ** 32, 6_101_760_011, '5', null],
  ['reserved', -1, 0.5, 2 ** 53, '1', null],
  ['settled', -1, 0.5, 2 ** 53, '1', null],
  ['oldest', -1, 0.5, 2 ** 53, '1', null],
  ['clean', 1, 'true', null],
  ['earlier', 1, 'abc', ['K'], Array.from({ length: 9 }, () => 'a'), null],
  ['boot', 1, 'x'.repeat(65), null],
  ['forgotten', 1, '', '0x1', '8640000000000000000001', '1'.repeat(300), null],
])('does not read a copy with an absurd %s', (field, ...values) => {
  const copies = values.map((value) => readNumbers(changed({ [String(field)]: value })));
  expect(copies).toEqual(values.map(() => undefined));
});

describe('a journal', () => {
  it.each([
    ['a salt beyond 32 bits', { salt: 2 ** 32 }],
    ['numbers that a double does not hold exactly soon', { reserved: 2 ** 53 - 1, clean: false }],
    ['a settled number at the end of all', { settled: 2 ** 53 - 1, reserved: 2 ** 53 - 1 }],
  ])('with %s can be opened, written, and opened again', async (_, change) => {
    await continues(changed(change));
  });

  it('with a mark at the end of all numbers can be opened, written, and opened again', async () => {
    const store = changed({ clean: false, boot: 'boot' });
    store.put([markPiece(2 ** 53 - 1)]);
    await continues(memoryStore(store.files, 'boot'));
  });
});

it('gives out no number again after a kill if its mark is damaged', async () => {
  const store = memoryStore();
  const journal = await openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler() });
  const collector = createCollector({ ...journal });
  journal.follow(collector);
  // The process ends between the mark and the event.
  store.put([markPiece(journal.first + 3)]);
  const killed = store.afterKill();
  expect(readJournal({ directory: '', store: killed })?.next).toBe(journal.first + 3);
  killed.files.get('numbers')?.fill(1, 1024, 1025);
  expect(readJournal({ directory: '', store: killed })?.next).toBeGreaterThan(journal.first + 3);
});

it('gives out no number again if the newer copy is damaged, and the older one is from an orderly end', async () => {
  const store = memoryStore();
  for (let run = 0; run < 2; run++) {
    const journal = await openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler() });
    const collector = createCollector({ ...journal });
    journal.follow(collector);
    collector.append(Array.from({ length: 5 }, () => event({})));
    await journal.flush();
    if (run === 1) break;
    collector.complete();
    await journal.close();
  }
  const { version = 0, numbers } = readNumbers(store) ?? {};
  expect(numbers?.clean).toBe(false);
  const killed = store.afterKill();
  killed.files.get('numbers')?.fill(1, (version % 2) * SLOT + 100, (version % 2) * SLOT + 101);
  // Its events are damaged too.
  const [newest = ''] = [...killed.files.keys()]
    .filter((name) => name.endsWith('.segment'))
    .toSorted()
    .toReversed();
  const bytes = killed.files.get(newest) as Buffer;
  bytes.fill(1, bytes.length - 20, bytes.length - 19);
  expect(readNumbers(killed)?.numbers.clean).toBe(true);
  expect(readJournal({ directory: '', store: killed })?.next).toBeGreaterThanOrEqual(11);
});

it('gives out no number again if its newer copy is damaged at each of two power cuts', async () => {
  let store = memoryStore();
  const before = await openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler() });
  await before.close();
  let given = 0;
  for (let run = 0; run < 4; run++) {
    const journal = await openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler() });
    expect(journal.first).toBeGreaterThan(given);
    given = journal.first + 5;
    const { version = 0 } = readNumbers(store) ?? {};
    store = store.afterPowerCut(2 ** 20);
    store.files.get('numbers')?.fill(1, (version % 2) * SLOT + 100, (version % 2) * SLOT + 101);
    // Its events are damaged too.
    for (const name of store.files.keys()) if (name.endsWith('.segment')) store.files.delete(name);
  }
});

/** Fails unless an event that is written now can be read later, and numbers continue. */
async function continues(store: MemoryStore): Promise<void> {
  const journal = await openJournal({ directory: '', store, scheduler: new VirtualTimeScheduler() });
  const collector = createCollector({ ...journal });
  journal.follow(collector);
  collector.append([event({ id: 'new' })]);
  collector.complete();
  await journal.close();
  const again = readJournal({ directory: '', store: memoryStore(store.files) });
  expect(again?.next).toBe(journal.first + 1);
  const reader = createCollector({ ...again }).reader({ since: -(2n ** 62n), follow: false });
  expect(reader.read(10).events.map(({ id }) => id)).toEqual(['new']);
  reader.close();
}
