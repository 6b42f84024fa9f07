/**
 * Blocks, the units of a journal on disk: a header of 40 bytes, little-endian, then the payload.
 *
 * The checksum covers the rest of the block, so a damaged block is recognised. It starts from the
 * journal's salt: event texts come from anywhere, and without the salt a text could be made to look
 * like a block when a damaged journal is searched for whole blocks.
 *
 * | offset | field |
 * |---|---|
 * | 0 | magic, u32 |
 * | 4 | CRC-32 of all bytes from 8 on, u32 |
 * | 8 | length of the payload in bytes, u32 |
 * | 12 | kind, u32 |
 * | 16 | count of sequence numbers that the block covers, f64 |
 * | 24 | first sequence number, f64 |
 * | 32 | time of recording: ms since the Unix epoch, f64 |
 */
import { crc32 } from 'node:zlib';
import { isWhole } from '../../whole-number.ts';

const MAGIC = 0x4a62_6474; // "tdbJ"
const MAGIC_BYTES: Buffer = Buffer.from('tdbJ', 'latin1');

/** Bytes of a header. */
export const HEADER = 40;

/** Largest valid payload: in bytes. */
const MAX_PAYLOAD = 2 ** 30;

/** The latest time that a `Date` can hold: in ms since the Unix epoch. */
const LATEST = 8.64e15;

/**
 * Kinds of blocks. `events`: the first block of a chunk. `more`: events that refer to texts of the
 * blocks before. `packed`: a whole chunk, the payloads of its blocks together, compressed with
 * brotli, as versions up to 2 of the format wrote it. `dictionary` and `columns`: see
 * `dictionary.ts` and `packed-chunk.ts`.
 */
export const KIND = {
  segment: 1,
  events: 2,
  more: 3,
  gap: 4,
  states: 5,
  index: 6,
  packed: 7,
  dictionary: 8,
  columns: 9,
} as const;
type Kind = (typeof KIND)[keyof typeof KIND];

export interface Block {
  readonly kind: Kind;
  /** The first number that the block covers. */
  readonly first: number;
  /** Count of numbers that the block covers. */
  readonly count: number;
  /** Time of recording: ms since the Unix epoch, by this machine's clock. */
  readonly recorded: number;
}

/** A block that was read. */
export interface FoundBlock extends Block {
  /** Offsets of the payload's start and end. */
  readonly start: number;
  readonly end: number;
}

/** Writes the header of the block that fills `bytes`; the payload must be in place. */
export function sealBlock(bytes: Buffer, block: Block, salt: number): Buffer {
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(bytes.length - HEADER, 8);
  bytes.writeUInt32LE(block.kind, 12);
  bytes.writeDoubleLE(block.count, 16);
  bytes.writeDoubleLE(block.first, 24);
  bytes.writeDoubleLE(block.recorded, 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(8), salt), 4);
  return bytes;
}

/** Makes a block of a payload. */
export function makeBlock(block: Block, payload: Uint8Array, salt: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER + payload.length);
  bytes.set(payload, HEADER);
  return sealBlock(bytes, block, salt);
}

/** Reads the block at `at`; undefined if there is no block, or it is damaged. */
export function blockAt(bytes: Buffer, at: number, salt: number): FoundBlock | undefined {
  if (at + HEADER > bytes.length || bytes.readUInt32LE(at) !== MAGIC) return undefined;
  const start = at + HEADER;
  const length = bytes.readUInt32LE(at + 8);
  const end = start + length;
  if (length > MAX_PAYLOAD || end > bytes.length) return undefined;
  if (crc32(bytes.subarray(at + 8, end), salt) !== bytes.readUInt32LE(at + 4)) return undefined;
  const [count, first] = [bytes.readDoubleLE(at + 16), bytes.readDoubleLE(at + 24)];
  const recorded = bytes.readDoubleLE(at + 32);
  // A block that no writer makes is damaged, even if its checksum is right.
  if (!(isWhole(count) && isWhole(first) && isWhole(first + count) && Math.abs(recorded) <= LATEST))
    return undefined;
  const kind = bytes.readUInt32LE(at + 12) as Kind;
  return { kind, first, count, recorded, start, end };
}

/** Yields every whole block, in order. Skips damaged bytes up to the next whole block. */
export function* blocksIn(
  bytes: Buffer,
  from: number,
  salt: number,
): Generator<FoundBlock & { readonly at: number }> {
  for (let at = from; at >= 0 && at < bytes.length;) {
    const block = blockAt(bytes, at, salt);
    if (block !== undefined) {
      yield { ...block, at };
      at = block.end;
    } else at = bytes.indexOf(MAGIC_BYTES, at + 1);
  }
}
