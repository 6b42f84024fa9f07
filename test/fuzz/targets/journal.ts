/** Journal files whose checksums are valid, and whose content is absurd. */
import { crc32, gunzipSync } from 'node:zlib';
import { VirtualTimeScheduler } from 'rxjs';
import { type Collector, createCollector } from '../../../src/collector/collector.ts';
import { encodeEvent } from '../../../src/encoders/ndjson-event.ts';
import { HEADER, KIND, makeBlock } from '../../../src/journal/format/block.ts';
import { segmentName } from '../../../src/journal/format/segment.ts';
import { openJournal, readJournal } from '../../../src/journal/journal.ts';
import type { Random } from '../../simulation/random.ts';
import { event } from '../../support/events.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { mutate } from '../mutate.ts';
import { must, type Target } from '../target.ts';
import { VALID } from './valid-journal.ts';

type Files = readonly (readonly [name: string, bytes: Buffer])[];

const scheduler = new VirtualTimeScheduler();
const NUMBERS = [0, 1, 2, 50, 101, -1, 0.5, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 1e300, Number.NaN, Infinity];
/** Most steps in which a reader reads some hundred events and as many gaps. */
const STEPS = 10_000;

const valid: Files = [...unpack(gunzipSync(Buffer.from(VALID, 'base64')))];
const saltOf = (bytes: Buffer): number => JSON.parse(bytes.toString('latin1', 8, 512)).salt as number;
const salt = saltOf(valid.find(([name]) => name === 'numbers')?.[1] as Buffer);

/** The input is a list of files: their names as a JSON line, with lengths, then their bytes. */
function pack(files: Files): Buffer {
  const head = JSON.stringify(files.map(([name, { length }]) => [name, length]));
  return Buffer.concat([Buffer.from(`${head}\n`), ...files.map(([, bytes]) => bytes)]);
}

function unpack(input: Buffer): Map<string, Buffer> {
  const end = input.indexOf('\n');
  let at = end + 1;
  const head = JSON.parse(input.toString('utf8', 0, end)) as [string, number][];
  return new Map(head.map(([name, length]) => [name, Buffer.from(input.subarray(at, (at += length)))]));
}

/** Blocks of a file: each as its offset and length. */
function blocksOf(bytes: Buffer): readonly (readonly [at: number, length: number])[] {
  const blocks: [number, number][] = [];
  for (let at = 0; at + HEADER <= bytes.length;) {
    const length = HEADER + bytes.readUInt32LE(at + 8);
    if (at + length > bytes.length) break;
    blocks.push([at, length]);
    at += length;
  }
  return blocks;
}

/** Changes one block, and makes its checksum valid again. */
function absurdBlock(random: Random, bytes: Buffer): Buffer {
  const blocks = blocksOf(bytes);
  if (blocks.length === 0) return bytes;
  const [at, length] = random.pick(blocks);
  const number = (own: number): number => (random.chance(0.3) ? random.pick(NUMBERS) : own);
  const payload = bytes.subarray(at + HEADER, at + length);
  // The header of a segment has no salt.
  const isHeader = bytes.readUInt32LE(at + 12) === KIND.segment;
  const block = makeBlock(
    {
      kind: random.chance(0.2) ? random.pick(Object.values(KIND)) : (bytes.readUInt32LE(at + 12) as 1),
      count: number(bytes.readDoubleLE(at + 16)),
      first: number(bytes.readDoubleLE(at + 24)),
      recorded: number(bytes.readDoubleLE(at + 32)),
    },
    random.chance(0.6) ? mutate(random, [payload]) : payload,
    isHeader ? 0 : salt,
  );
  return Buffer.concat([bytes.subarray(0, at), block, bytes.subarray(at + length)]);
}

function absurdNumbers(random: Random, bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const slot = 512 * random.between(0, 1);
  const text = mutate(random, [Buffer.from(changed.toString('latin1', slot + 8, slot + 512).trimEnd())]);
  changed.fill(' ', slot + 8, slot + 512);
  text.copy(changed, slot + 8, 0, 504);
  changed.writeUInt32LE(crc32(changed.subarray(slot + 8, slot + 512)), slot);
  return changed;
}

/** Reads everything and encodes it. @returns the ids of the events */
function readAll({ reader }: Pick<Collector, 'reader'>): readonly string[] {
  const cursor = reader({ since: -(2n ** 63n), follow: false });
  const ids: string[] = [];
  let steps = 0;
  let last = 0;
  for (let more = true; more; must(++steps < STEPS, 'a reader does not end')) {
    const chunk = cursor.read(64);
    ({ more } = chunk);
    for (const each of chunk.events) {
      must(each.seq > last, `${each.seq} comes after ${last}`);
      last = each.seq;
      ids.push(each.id);
      JSON.parse(encodeEvent(each, 'k3f:1.00'));
    }
    const { from, to } = chunk.gap ?? { from: last + 1, to: last };
    must(from > last && to >= from - 1, `a gap from ${from} to ${to} comes after ${last}`);
    last = to;
  }
  cursor.close();
  return ids;
}

export const journal: Target = {
  name: 'journal',
  input: (random) => {
    let files: Files = valid;
    for (let left = random.pick([1, 1, 2, 4]); left > 0; left--) {
      const [name] = random.pick(files);
      const change = name === 'numbers' ? absurdNumbers : absurdBlock;
      files = files.map(([each, bytes]) => [each, each === name ? change(random, bytes) : bytes]);
    }
    if (random.chance(0.1))
      files = files.map(([name, bytes], i) =>
        i === 0 && name !== 'numbers' ? [segmentName(random.between(0, 300)), bytes] : [name, bytes],
      );
    return pack(files);
  },
  run: async (input) => {
    const files = unpack(input);
    const beside = readJournal({ directory: '', store: memoryStore(files) });
    if (beside !== undefined) {
      await beside.containersAt(2n ** 62n);
      await beside.close();
    }
    const store = memoryStore(files);
    const journal = await openJournal({ directory: '', store, scheduler });
    must(Number.isSafeInteger(journal.first) && journal.first >= 1, `its first number is ${journal.first}`);
    const collector = createCollector({ ...journal, limit: 8 });
    journal.follow(collector);
    collector.append([event({ id: 'new' })]);
    must(readAll(collector).at(-1) === 'new', 'an event is not readable once it is taken');
    await journal.states();
    collector.complete();
    await journal.close();
    const again = readJournal({ directory: '', store });
    if (again === undefined) throw new Error('it is gone');
    must(again.next > journal.first, `it continues with ${again.next}, after ${journal.first}`);
    must(readAll(createCollector({ ...again })).at(-1) === 'new', 'an event is gone');
  },
};
