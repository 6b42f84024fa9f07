/** A segment's header and index, as bytes; and a segment without index, read block by block. */
import { type Block, blockAt, blocksIn, type FoundBlock, HEADER, KIND, makeBlock } from '../format/block.ts';
import { ByteReader, ByteWriter } from '../format/byte-stream.ts';
import { ChunkKeys } from '../format/bloom-filter.ts';
import { readChunk } from '../format/chunk.ts';
import {
  type ChunkEntry,
  type Entry,
  type EntryReason,
  type GapEntry,
  type Segment,
  type SegmentHeader,
} from '../format/segment.ts';
import type { Store, StoredFile } from './store.ts';

/** The version of all that is on disk: another one cannot be read. */
export const FORMAT = 1;

/** A header's bytes are read at one go; it is shorter. */
const HEADER_READ = 512;
/** The last bytes of a segment that is sealed: magic, and where its index begins. */
const TRAILER = 16;
const NOTHING = Buffer.alloc(0);
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
  const [min, max] = [BigInt(from.text()), BigInt(from.text())];
  const stored = { offset, length, first, next, min, max };
  if (kind === 'gap') return { kind, ...stored, reason: from.text() as EntryReason };
  const recorded = from.number();
  const size = from.number();
  const filter = Uint8Array.from(from.bytes.subarray(from.at, (from.at += size)));
  return { kind, ...stored, recorded, filter };
}

/** What was found in a file that should be a segment. */
export type Opened =
  | { readonly segment: Segment; readonly damage: string | undefined }
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
  const header = isHeader ? JSON.parse(head.toString('utf8', block.start, block.end)) : known;
  if (header === undefined) return { segment: undefined, damage: 'its beginning is damaged' };
  const { format = FORMAT, epoch, salt } = header;
  if (format !== FORMAT) return { segment: undefined, damage: `it has format ${format}`, format };
  const { entries, recorded, ...rest } =
    readIndex(store, name, size, salt) ??
    scan(store.read(name, 0, size) ?? NOTHING, isHeader ? block.end : 0, salt);
  const created = isHeader ? block.recorded : recorded;
  return {
    segment: { name, first, size, epoch, salt, created, entries, sealed: rest.sealed },
    damage: rest.damage,
  };
}

/** What a segment holds. */
interface Content {
  readonly entries: Entry[];
  /** About when it was begun: ms since the Unix epoch. */
  readonly recorded: number;
  readonly sealed: boolean;
  /** What cannot be read, if anything but an end that is cut. */
  readonly damage: string | undefined;
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
  while (!from.done) entries.push(readEntry(from));
  return { entries, recorded: block.recorded, sealed: true, damage: undefined };
}

/** Finds every chunk and gap that can be read. */
function scan(bytes: Buffer, from: number, salt: number): Content {
  const entries: Entry[] = [];
  let at = from;
  let skipped = 0;
  let recorded = 0;
  let chunk: (FoundBlock & { at: number })[] = [];
  const finish = (): void => {
    const [begin, end] = [chunk[0], chunk.at(-1)];
    if (begin !== undefined && end !== undefined) {
      const entry = chunkEntry(bytes.subarray(begin.at, end.end), begin, end.recorded, salt);
      if (entry.next > entry.first) entries.push(entry);
    }
    chunk = [];
  };
  for (const block of blocksIn(bytes, from, salt)) {
    const torn = block.at !== at;
    skipped += block.at - at;
    at = block.end;
    recorded ||= block.recorded;
    if (block.kind === KIND.more && !torn && chunk.length > 0) chunk.push(block);
    else {
      finish();
      if (block.kind === KIND.events) chunk.push(block);
      else if (block.kind === KIND.gap) entries.push(gapEntry(bytes, block));
    }
  }
  finish();
  const damage = skipped > 0 ? `${skipped} bytes within it are damaged` : undefined;
  return { entries, recorded, sealed: false, damage };
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

function gapEntry(bytes: Buffer, block: FoundBlock & { at: number }): GapEntry {
  const { first, count, start, end, at } = block;
  const { reason, since, until } = JSON.parse(bytes.toString('utf8', start, end));
  const times = { min: BigInt(since), max: BigInt(until) };
  return { kind: 'gap', offset: at, length: end - at, first, next: first + count, ...times, reason };
}
