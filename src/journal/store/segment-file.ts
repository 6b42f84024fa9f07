/** A segment's header and index as bytes. Segments without an index are read block by block. */
import { type Block, blockAt, blocksIn, type FoundBlock, HEADER, KIND, makeBlock } from '../format/block.ts';
import { ByteReader, ByteWriter } from '../format/byte-stream.ts';
import { filterLength, filterPart, packedContent } from '../format/packed-chunk.ts';
import { readTimesOf } from '../format/event-columns.ts';
import { instantOf, isEpoch, isSalt } from '../format/ranges.ts';
import { ChunkKeys } from '../format/bloom-filter.ts';
import { readBatch } from '../format/batch.ts';
import {
  type ChunkEntry,
  type Entry,
  type EntryReason,
  ENTRY_REASONS,
  FORMAT,
  FORMATS,
  type GapEntry,
  type Place,
  type Segment,
  type SegmentHeader,
} from '../format/segment.ts';
import type { Instant } from '../../instant.ts';
import type { Store, StoredFile } from './store.ts';
import { LaterFormatError } from '../../later-format.ts';
import { isWhole } from '../../whole-number.ts';

/** Bytes read at once for a header; headers are shorter. */
const HEADER_READ = 512;
/** Length of a sealed segment's trailer: magic, and the offset of the index. */
const TRAILER = 16;
const NOTHING = Buffer.alloc(0);
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
  for (const { offset, length } of segment.dictionaries ?? []) {
    out.room(32);
    for (const number of [CODES.dictionary, offset, length]) out.number(number);
  }
  for (const entry of segment.entries) writeEntry(out, entry);
  const block: Block = { kind: KIND.index, first: segment.first, count: 0, recorded: segment.created };
  const index = makeBlock(block, out.bytes.subarray(0, out.length), segment.salt);
  const trailer = Buffer.alloc(TRAILER);
  trailer.writeBigUInt64LE(TRAILER_MAGIC, 0);
  trailer.writeDoubleLE(segment.size, 8);
  return Buffer.concat([index, trailer]);
}

/** Kinds of parts in an index. */
const CODES = { chunk: 0, gap: 1, columns: 2, dictionary: 3 } as const;

function writeEntry(out: ByteWriter, entry: Entry): void {
  out.room(64);
  const isInColumns = entry.kind === 'chunk' && entry.ownFilter !== undefined;
  out.number(isInColumns ? CODES.columns : CODES[entry.kind]);
  for (const number of [entry.offset, entry.length, entry.first, entry.next]) out.number(number);
  out.text(String(entry.min));
  out.text(String(entry.max));
  if (entry.kind === 'gap') return out.text(entry.reason);
  out.number(Math.max(0, Math.trunc(entry.recorded)));
  if (entry.ownFilter !== undefined) return out.number(entry.ownFilter);
  const filter = entry.filter ?? new Uint8Array();
  out.room(8);
  out.number(filter.length);
  out.append(filter);
}

function readEntry(from: ByteReader, code: number): Entry {
  const kind = code === CODES.gap ? 'gap' : 'chunk';
  const [offset, length] = [from.number(), from.number()];
  const [first, next] = [from.number(), from.number()];
  const [min, max] = [instantOf(from.text()), instantOf(from.text())];
  const stored = { offset, length, first, next, min, max };
  if (kind === 'gap') return { kind, ...stored, reason: reasonOf(from.text()) };
  const recorded = from.number();
  const size = from.number();
  if (code === CODES.columns) return { kind, ...stored, recorded, filter: undefined, ownFilter: size };
  const filter = new Uint8Array(from.bytes.subarray(from.at, (from.at += size)));
  return { kind, ...stored, recorded, filter };
}

/** Result of opening a segment file. */
export type Opened =
  | {
      readonly segment: Segment;
      readonly damage: string | undefined;
    }
  /** Not a segment of this format, or no segment: the reason. */
  | { readonly segment: undefined; readonly damage: string; readonly later?: LaterFormatError };

/** A file, and the number in its name: no number in it is lower. */
type NumberedFile = StoredFile & { readonly first: number };

/**
 * Opens a segment: by its index, or block by block if it has no index.
 *
 * @param expected expected header, used if the header is damaged
 */
export function openSegment(
  store: Store,
  file: NumberedFile,
  expected?: Pick<SegmentHeader, 'epoch' | 'salt'>,
): Opened {
  const { name, size, first } = file;
  const head = store.read(name, 0, Math.min(size, HEADER_READ)) ?? NOTHING;
  const block = blockAt(head, 0, 0);
  const isHeader = block?.kind === KIND.segment && block.first === first;
  const header = isHeader ? parseHeader(head.toString('utf8', block.start, block.end)) : expected;
  if (header === undefined) return { segment: undefined, damage: 'its beginning is damaged' };
  const { format, epoch, salt } = { format: FORMAT, ...header };
  if (!FORMATS.has(format)) {
    const later = new LaterFormatError('the journal', format, FORMAT);
    return { segment: undefined, damage: later.message, later };
  }
  const { entries, dictionaries, recorded, ...rest } =
    readIndex(store, file, salt) ??
    scan(store.read(name, 0, size) ?? NOTHING, isHeader ? block.end : 0, { first, salt });
  const created = isHeader ? block.recorded : recorded;
  return {
    segment: { name, first, size, epoch, salt, created, entries, dictionaries, sealed: rest.sealed },
    damage: rest.damage,
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

/** Content of a segment. */
interface Content {
  readonly entries: Entry[];
  readonly dictionaries: readonly Place[];
  /** Approximate time of creation: ms since the Unix epoch. */
  readonly recorded: number;
  readonly sealed: boolean;
  /** Damage other than a truncated end. */
  readonly damage: string | undefined;
}

function readIndex(store: Store, { name, size, first }: NumberedFile, salt: number): Content | undefined {
  const trailer = store.read(name, Math.max(0, size - TRAILER), TRAILER) ?? NOTHING;
  if (trailer.length < TRAILER || trailer.readBigUInt64LE(0) !== TRAILER_MAGIC) return undefined;
  const at = trailer.readDoubleLE(8);
  if (!(isWhole(at, HEADER) && at < size)) return undefined;
  const bytes = store.read(name, at, size - TRAILER - at) ?? NOTHING;
  const block = blockAt(bytes, 0, salt);
  if (block?.kind !== KIND.index) return undefined;
  const from = new ByteReader(bytes, block.start, block.end);
  const entries: Entry[] = [];
  const dictionaries: Place[] = [];
  try {
    while (!from.done) {
      const code = from.number();
      if (code === CODES.dictionary) {
        const place = { offset: from.number(), length: from.number() };
        checkPlace(place, at);
        dictionaries.push(place);
        continue;
      }
      const entry = readEntry(from, code);
      checkPlace(entry, at);
      checkNumbers(entry, entries.at(-1)?.next ?? first);
      entries.push(entry);
    }
  } catch {
    return undefined;
  }
  return { entries, dictionaries, recorded: block.recorded, sealed: true, damage: undefined };
}

/** Finds every readable chunk and gap. */
function scan(bytes: Buffer, from: number, { first, salt }: { first: number; salt: number }): Content {
  const entries: Entry[] = [];
  const dictionaries: Place[] = [];
  let at = from;
  let skipped = 0;
  let recorded = 0;
  let chunk: (FoundBlock & { at: number })[] = [];
  const add = (entry: Entry): void => {
    // Repeated blocks and numbers out of order: no writer makes these.
    if (entry.first < (entries.at(-1)?.next ?? first) || entry.next <= entry.first) skipped += entry.length;
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
      else if (block.kind === KIND.dictionary) dictionaries.push(placeOf(block));
      else if (block.kind === KIND.columns) {
        const entry = columnsEntry(bytes, block);
        if (entry === undefined) skipped += block.end - block.at;
        else add(entry);
      } else if (block.kind === KIND.gap) {
        const entry = gapEntry(bytes, block);
        if (entry === undefined) skipped += block.end - block.at;
        else add(entry);
      }
    }
  }
  finish();
  const damage = skipped > 0 ? `${skipped} bytes within it are damaged` : undefined;
  return { entries, dictionaries, recorded, sealed: false, damage };
}

function chunkEntry(
  bytes: Buffer,
  { at, first }: FoundBlock & { at: number },
  recorded: number,
  salt: number,
): ChunkEntry {
  const batch = readBatch(bytes, first, salt);
  const { next } = batch;
  const keys = new ChunkKeys();
  let [min, max]: (Instant | undefined)[] = [];
  for (const event of batch.events()) {
    keys.add(event);
    const { timeNano } = event;
    if (min === undefined || timeNano < min) min = timeNano;
    if (max === undefined || timeNano > max) max = timeNano;
  }
  const filter = keys.toFilter();
  const place = { offset: at, length: bytes.length, first, next };
  return { kind: 'chunk', ...place, min: min ?? 0n, max: max ?? 0n, recorded, filter };
}

/** @returns undefined if its times cannot be read */
function columnsEntry(bytes: Buffer, block: FoundBlock & { at: number }): ChunkEntry | undefined {
  const { first, count, recorded } = block;
  const payload = bytes.subarray(block.start, block.end);
  try {
    const { base, offsets, far } = readTimesOf(packedContent(payload), count);
    let [low, high] = [0, 0];
    for (let i = 0; i < count; i++) {
      const offset = offsets[i] as number;
      if (offset < low) low = offset;
      if (offset > high) high = offset;
    }
    let [min, max] = [base + BigInt(low), base + BigInt(high)];
    for (const time of far.values()) {
      if (time < min) min = time;
      if (time > max) max = time;
    }
    const stored = { ...placeOf(block), first, next: first + count, min, max, recorded };
    return { kind: 'chunk', ...stored, filter: undefined, ownFilter: filterLength(payload) };
  } catch {
    return undefined;
  }
}

function placeOf({ at, end }: FoundBlock & { at: number }): Place {
  return { offset: at, length: end - at };
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

/** @throws RangeError if a part lies beyond the end of the blocks */
function checkPlace({ offset, length }: Place, end: number): void {
  if (!(offset + length <= end)) throw new RangeError('a part outside the segment');
}

/** @throws RangeError if an entry has no numbers, or some of the entry before it */
function checkNumbers(entry: Entry, last: number): void {
  const { first, next, length } = entry;
  if (first < last || next <= first || !isWhole(next)) throw new RangeError('an entry out of order');
  const filter = entry.kind === 'chunk' ? entry.ownFilter : undefined;
  if (filter !== undefined && filterPart(filter) > length) throw new RangeError('a filter outside its chunk');
}
