/** A segment's header and index as bytes. Segments without an index are read block by block. */
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
import { isWhole } from '../../whole-number.ts';

/** Bytes read at once for a header; headers are shorter. */
const HEADER_READ = 512;
/** Length of a sealed segment's trailer: magic, and the offset of the index. */
const TRAILER = 16;
const NOTHING = Buffer.alloc(0);
const INSTANT = /^-?\d{1,20}$/;
const TRAILER_MAGIC = 0x4962_6474_6964_6e67n;

/** Makes the header. It is not salted, as it holds the salt. */
export function headerBytes({ epoch, salt, created }: SegmentHeader, first: number): Buffer {
  const payload = Buffer.from(JSON.stringify({ format: FORMAT, epoch, salt }));
  return makeBlock({ kind: KIND.segment, first, count: 0, recorded: created }, payload, 0);
}

/** Makes the block of a gap. */
export function gapBytes(gap: GapEntry, recorded: number, salt: number): Buffer {
  const { first, next, reason, min, max } = gap;
  const payload = Buffer.from(JSON.stringify({ reason, since: String(min), until: String(max) }));
  return makeBlock({ kind: KIND.gap, first, count: next - first, recorded }, payload, salt);
}

/** Makes the index of a segment that ends at `size`, which seals it. */
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

/** Result of opening a segment file. */
export type Opened =
  | {
      readonly segment: Segment;
      readonly damage: string | undefined;
      /** True if the file ends within a block. */
      readonly isCut: boolean;
    }
  /** Not a segment of this format, or no segment: the reason. */
  | { readonly segment: undefined; readonly damage: string; readonly format?: number };

/**
 * Opens a segment: by its index, or block by block if it has no index.
 *
 * @param expected expected header, used if the header is damaged
 */
export function openSegment(
  store: Store,
  file: StoredFile & { readonly first: number },
  expected?: Pick<SegmentHeader, 'epoch' | 'salt'>,
): Opened {
  const { name, size, first } = file;
  const head = store.read(name, 0, Math.min(size, HEADER_READ)) ?? NOTHING;
  const block = blockAt(head, 0, 0);
  const isHeader = block?.kind === KIND.segment && block.first === first;
  const header = isHeader ? parseHeader(head.toString('utf8', block.start, block.end)) : expected;
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

/** @returns undefined if the text is not a header of this or another format */
function parseHeader(text: string): { format: number; epoch: string; salt: number } | undefined {
  try {
    const { format, epoch, salt } = JSON.parse(text);
    if (!isWhole(format)) return undefined;
    return FORMATS.has(format) && !(isEpoch(epoch) && isSalt(salt)) ? undefined : { format, epoch, salt };
  } catch {
    return undefined;
  }
}

function isSalt(value: unknown): boolean {
  return isWhole(value) && value < 2 ** 32;
}

/** Content of a segment. */
interface Content {
  readonly entries: Entry[];
  /** Approximate time of creation: ms since the Unix epoch. */
  readonly recorded: number;
  readonly sealed: boolean;
  /** Damage other than a truncated end. */
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

/** Finds every readable chunk and gap. */
function scan(bytes: Buffer, from: number, salt: number): Content {
  const entries: Entry[] = [];
  let at = from;
  let skipped = 0;
  let recorded = 0;
  let chunk: (FoundBlock & { at: number })[] = [];
  const add = (entry: Entry): void => {
    // Repeated blocks and numbers out of order: no writer makes these.
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

/** @returns undefined if the payload is not a gap */
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

/** @throws RangeError if the text is not a reason */
function reasonOf(text: unknown): EntryReason {
  if (typeof text === 'string' && ENTRY_REASONS.has(text)) return text as EntryReason;
  throw new RangeError('a gap without a known reason');
}

/** @throws RangeError if the text is not a signed 64-bit number of nanoseconds */
function instantOf(text: unknown): Instant {
  if (typeof text === 'string' && INSTANT.test(text)) return BigInt(text);
  throw new RangeError('an invalid time');
}

/** @throws RangeError if the entry lies outside the file or overlaps the entry before it */
function checkPlace({ offset, length, first, next }: Entry, end: number, last: number): void {
  if (offset + length > end || first < last || next <= first || !isWhole(next))
    throw new RangeError('an entry outside the segment');
}
