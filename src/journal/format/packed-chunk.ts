/**
 * The payload of a packed chunk: a Bloom filter that can be read alone, then the columns.
 *
 * | bytes | field |
 * |---|---|
 * | 4 | length of the filter, u32 |
 * | 4 | CRC-32 of the filter, u32 |
 * | … | the filter |
 * | 4 | length of the digits, u32 |
 * | … | the digits (see `writeTexts`), then the columns, compressed with brotli |
 */
import { crc32 } from 'node:zlib';
import { HEADER } from './block.ts';
import { type Content, joinContent, splitContent } from './dictionary.ts';

const PREFIX = 8;

/** Joins a filter and columns that are compressed. */
export function packedPayload(
  filter: Uint8Array,
  compressed: Uint8Array,
  digits: Uint8Array,
  salt: number,
): Buffer {
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32LE(filter.length, 0);
  prefix.writeUInt32LE(crc32(filter, salt), 4);
  return Buffer.concat([prefix, filter, joinContent(compressed, digits)]);
}

/** The columns of a payload. @throws RangeError if it is damaged */
export function packedContent(payload: Buffer): Content {
  return splitContent(payload.subarray(PREFIX + filterLength(payload)));
}

/** Bytes of the filter in a payload. */
export function filterLength(payload: Buffer): number {
  return payload.length < PREFIX ? 0 : payload.readUInt32LE(0);
}

/** Length of the part of a block that holds its filter: in bytes. */
export function filterPart(length: number): number {
  return HEADER + PREFIX + length;
}

/** The filter in that part of a block; undefined if it is damaged. */
export function filterIn(part: Buffer, length: number, salt: number): Uint8Array | undefined {
  if (part.length < HEADER + PREFIX + length || part.readUInt32LE(HEADER) !== length) return undefined;
  const filter = part.subarray(HEADER + PREFIX, HEADER + PREFIX + length);
  return crc32(filter, salt) === part.readUInt32LE(HEADER + 4) ? filter : undefined;
}
