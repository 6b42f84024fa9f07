/** A segment's header and index, as bytes; and a segment without index, read block by block. */
import { type Block, blockAt, blocksIn, type FoundBlock, HEADER, KIND, makeBlock } from '../format/block.ts';
import { ByteReader, ByteWriter } from '../format/byte-stream.ts';
import { ChunkKeys } from '../format/bloom-filter.ts';
import { readChunk } from '../format/chunk.ts';
import {
  type ChunkEntry,
  type Entry,
  type EntryReason,
  ENTRY_REASONS,
  FORMAT,
  FORMATS,
  type GapEntry,
  isEpoch,
  type Segment,
  type SegmentHeader,
} from '../format/segment.ts';
import type { Instant } from '../../instant.ts';
import type { Store, StoredFile } from './store.ts';

/** A header's bytes are read at one go; it is shorter. */
const HEADER_READ = 512;
/** The last bytes of a segment that is sealed: magic, and where its index begins. */
const TRAILER = 16;
const NOTHING = Buffer.alloc(0);
const INSTANT = /^-?\d{1,20}$/;
const TRAILER_MAGIC = 0x4962_6474_6964_6e67n;

/** The header is not salted: it tells the salt. */
export function headerBytes({ epoch, salt, created }: SegmentHeader, first: number): Buffer {
  const payload = Buffer.from(JSON.stringify({ format: FORMAT, epoch, salt }));
  return makeBlock({ kind: KIND.segment, first, count: 0, recorded: created }, payload, 0);
}

/** The block that tells of numbers that are gone. */
export function gapBytes(gap: GapEntry, recorded: number, salt: number): Buffer {
  const { first, next, reason, min, max } = gap;
  const payload = Buffer.from(JSON.stringify({ reason, since: String(min), until: String(max) }));
  return makeBlock({ kind: KIND.gap, first, count: next - first, recorded }, payload, salt);
}

/** The index of a segment that ends at `size`, which makes it sealed. */
export function indexBytes(segment: Segment): Buffer {
  const out = new ByteWriter(segment.entries.length * 256 + 64);
  for (const entry of segment.entries) writeEntry(out, entry);
  const block: Block = { kind: KIND.index, first: segment.first, count: 0, recorded: segment.created };
  const index = makeBlock(block, out.bytes.subarray(0, out.length), segment.salt);
  const trailer = Buffer.alloc(TRAILER);
  trailer.writeBigUInt64LE(TRAILER_MAGIC, 0);
  trailer.writeDoubleLE(segment.size, 8);
  return Buffer.concat([index, trailer]);
}

function writeEntry(out: ByteWriter, entry: Entry): void {
  out.room(64);
  out.number(entry.kind === 'chunk' ? 0 : 1);
  for (const number of [entry.offset, entry.length, entry.first, entry.next]) out.number(number);
  out.text(String(entry.min));
  out.text(String(entry.max));
  if (entry.kind === 'gap') return out.text(entry.reason);
  out.number(Math.max(0, Math.trunc(entry.recorded)));
  const filter = entry.filter ?? new Uint8Array();
  out.room(8);
  out.number(filter.length);
  out.append(filter);
}

function readEntry(from: ByteReader): Entry {
  const kind = from.number() === 0 ? 'chunk' : 'gap';
  const [offset, length] = [from.number(), from.number()];
  const [first, next] = [from.number(), from.number()];
  const [min, max] = [instantOf(from.text()), instantOf(from.text())];
  const stored = { offset, length, first, next, min, max };
  if (kind === 'gap') return { kind, ...stored, reason: reasonOf(from.text()) };
  const recorded = from.number();
  const size = from.number();
  const filter = Uint8Array.from(from.bytes.subarray(from.at, (from.at += size)));
  return { kind, ...stored, recorded, filter };
}

/** What was found in a file that should be a segment. */
export type Opened =
  | {
      readonly segment: Segment;
      readonly damage: string | undefined;
      /** Whether it ends within a block. */
      readonly isCut: boolean;
    }
  /** Not one of this format, or not one at all: why. */
  | { readonly segment: undefined; readonly damage: string; readonly format?: number };

/**
 * Opens a segment: by its index, or block by block where it has none.
 *
 * @param known what its header should say, should that be damaged
 */
export function openSegment(
  store: Store,
  file: StoredFile & { readonly first: number },
  known?: Pick<SegmentHeader, 'epoch' | 'salt'>,
): Opened {
  const { name, size, first } = file;
  const head = store.read(name, 0, Math.min(size, HEADER_READ)) ?? NOTHING;
  const block = blockAt(head, 0, 0);
  const isHeader = block?.kind === KIND.segment && block.first === first;
  const header = isHeader ? parseHeader(head.toString('utf8', block.start, block.end)) : known;
  if (header === undefined) return { segment: undefined, damage: 'its beginning is damaged' };
  const { format, epoch, salt } = { format: FORMAT, ...header };
  if (!FORMATS.has(format)) return { segment: undefined, damage: `it has format ${format}`, format };
  const { entries, recorded, ...rest } =
    readIndex(store, name, size, salt) ??
    scan(store.read(name, 0, size) ?? NOTHING, isHeader ? block.end : 0, salt);
  const created = isHeader ? block.recorded : recorded;
  return {
    segment: { name, first, size, epoch, salt, created, entries, sealed: rest.sealed },
    damage: rest.damage,
    isCut: rest.isCut,
  };
}

/** @returns undefined if the text is no header of this or another format */
function parseHeader(text: string): { format: number; epoch: string; salt: number } | undefined {
  try {
    const { format, epoch, salt } = JSON.parse(text);
    if (!Number.isSafeInteger(format)) return undefined;
    return FORMATS.has(format) && !(isEpoch(epoch) && isSalt(salt)) ? undefined : { format, epoch, salt };
  } catch {
    return undefined;
  }
}

function isSalt(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}

/** What a segment holds. */
interface Content {
  readonly entries: Entry[];
  /** About when it was begun: ms since the Unix epoch. */
  readonly recorded: number;
  readonly sealed: boolean;
  /** What cannot be read, if anything but an end that is cut. */
  readonly damage: string | undefined;
  readonly isCut: boolean;
}

function readIndex(store: Store, name: string, size: number, salt: number): Content | undefined {
  const trailer = store.read(name, Math.max(0, size - TRAILER), TRAILER) ?? NOTHING;
  if (trailer.length < TRAILER || trailer.readBigUInt64LE(0) !== TRAILER_MAGIC) return undefined;
  const at = trailer.readDoubleLE(8);
  if (!(at >= HEADER && at < size)) return undefined;
  const bytes = store.read(name, at, size - TRAILER - at) ?? NOTHING;
  const block = blockAt(bytes, 0, salt);
  if (block?.kind !== KIND.index) return undefined;
  const from = new ByteReader(bytes, block.start, block.end);
  const entries: Entry[] = [];
  try {
    while (!from.done) {
      const entry = readEntry(from);
      checkPlace(entry, at, entries.at(-1)?.next ?? 0);
      entries.push(entry);
    }
  } catch {
    return undefined;
  }
  return { entries, recorded: block.recorded, sealed: true, damage: undefined, isCut: false };
}

/** Finds every chunk and gap that can be read. */
function scan(bytes: Buffer, from: number, salt: number): Content {
  const entries: Entry[] = [];
  let at = from;
  let skipped = 0;
  let recorded = 0;
  let chunk: (FoundBlock & { at: number })[] = [];
  const add = (entry: Entry): void => {
    // Copies of blocks, and numbers out of order: nothing that a writer makes.
    if (entry.first < (entries.at(-1)?.next ?? 0) || entry.next <= entry.first) skipped += entry.length;
    else entries.push(entry);
  };
  const finish = (): void => {
    const [begin, end] = [chunk[0], chunk.at(-1)];
    if (begin !== undefined && end !== undefined) {
      const entry = chunkEntry(bytes.subarray(begin.at, end.end), begin, end.recorded, salt);
      add(entry);
    }
    chunk = [];
  };
  for (const block of blocksIn(bytes, from, salt)) {
    const torn = block.at !== at;
    skipped += block.at - at;
    at = block.end;
    recorded ||= block.recorded;
    if (block.kind === KIND.more && !torn && chunk.length > 0 && chunk[0]?.kind === KIND.events)
      chunk.push(block);
    else {
      finish();
      if (block.kind === KIND.events || block.kind === KIND.packed) chunk.push(block);
      else if (block.kind === KIND.gap) {
        const entry = gapEntry(bytes, block);
        if (entry === undefined) skipped += block.end - block.at;
        else add(entry);
      }
    }
  }
  finish();
  const damage = skipped > 0 ? `${skipped} bytes within it are damaged` : undefined;
  return { entries, recorded, sealed: false, damage, isCut: at < bytes.length };
}

function chunkEntry(
  bytes: Buffer,
  { at, first }: FoundBlock & { at: number },
  recorded: number,
  salt: number,
): ChunkEntry {
  const { events, next } = readChunk(bytes, first, salt);
  const keys = new ChunkKeys();
  let min = events[0]?.timeNano ?? 0n;
  let max = min;
  for (const event of events) {
    keys.add(event);
    if (event.timeNano < min) min = event.timeNano;
    if (event.timeNano > max) max = event.timeNano;
  }
  const filter = keys.toFilter();
  return { kind: 'chunk', offset: at, length: bytes.length, first, next, min, max, recorded, filter };
}

/** @returns undefined if the payload is no gap */
function gapEntry(bytes: Buffer, block: FoundBlock & { at: number }): GapEntry | undefined {
  const { first, count, start, end, at } = block;
  const place = { offset: at, length: end - at, first, next: first + count };
  try {
    const { reason, since, until } = JSON.parse(bytes.toString('utf8', start, end));
    return { kind: 'gap', ...place, min: instantOf(since), max: instantOf(until), reason: reasonOf(reason) };
  } catch {
    return undefined;
  }
}

/** @throws RangeError if it is no reason */
function reasonOf(text: unknown): EntryReason {
  if (typeof text === 'string' && ENTRY_REASONS.has(text)) return text as EntryReason;
  throw new RangeError('a gap without a known reason');
}

/** @throws RangeError if it is no number of nanoseconds that fits 64 bits with its sign */
function instantOf(text: unknown): Instant {
  if (typeof text === 'string' && INSTANT.test(text)) return BigInt(text);
  throw new RangeError('a time that is no instant');
}

/** @throws RangeError if the entry cannot be: outside the file, or before the entry before it */
function checkPlace({ offset, length, first, next }: Entry, end: number, last: number): void {
  if (offset + length > end || first < last || next <= first || !Number.isSafeInteger(next))
    throw new RangeError('an entry outside the segment');
}
