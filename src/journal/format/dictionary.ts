/**
 * The dictionary of a packed segment: texts, shapes, actions and templates of its events, once for
 * all of its chunks. Without it no chunk can be read, so a segment holds it twice.
 */
import { brotliDecompressSync } from 'node:zlib';
import { ByteReader, ByteWriter } from './byte-stream.ts';
import { FIELDS, type Skeleton, VARIES } from './templates.ts';
import { readTexts, writeTexts } from './text-table.ts';

/** Largest decompressed dictionary or chunk: in bytes. */
export const LARGEST: number = 2 ** 28;

/** Bytes to compress, and bytes that stay as they are. */
export interface Content {
  readonly body: Buffer;
  readonly digits: Buffer;
}

/** Encodes a dictionary whose texts are exactly these. */
export function dictionaryContent(
  { shapes, starts, fields, actions }: Skeleton,
  texts: readonly string[],
): Content {
  const out = new ByteWriter(2 ** 16);
  const digits = new ByteWriter(2 ** 12);
  writeTexts(texts, out, digits);
  const numbers = (list: ArrayLike<number>, shift = 0): void => {
    out.room(list.length * 8 + 8);
    for (let i = 0; i < list.length; i++) out.number((list[i] as number) + shift);
  };
  numbers([shapes.length, actions.length, starts.length]);
  for (const keys of shapes) numbers([keys.length, ...keys]);
  numbers(actions);
  // The shape of a template gives its length; other fields can be -1.
  for (let i = 0; i < starts.length; i++) numbers([fields[starts[i] as number] as number]);
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i] as number;
    const keys = shapes[fields[start] as number]?.length ?? 0;
    const rest = Array.from({ length: FIELDS - 1 + keys }, (_, j) => fields[start + 1 + j] as number);
    numbers(rest, 1);
  }
  return { body: out.bytes.subarray(0, out.length), digits: digits.bytes.subarray(0, digits.length) };
}

/** Joins compressed bytes and digits to the payload of a block. */
export function joinContent(compressed: Uint8Array, digits: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(digits.length);
  return Buffer.concat([length, digits, compressed]);
}

/** Reverses {@link joinContent}. @throws RangeError if the payload is damaged */
export function splitContent(payload: Buffer): Content {
  const length = payload.length < 4 ? Number.NaN : payload.readUInt32LE(0);
  if (!(length + 4 <= payload.length)) throw new RangeError('a truncated payload');
  const compressed = payload.subarray(4 + length);
  let body: Buffer;
  try {
    body = brotliDecompressSync(compressed, { maxOutputLength: LARGEST });
  } catch {
    throw new RangeError('a damaged payload');
  }
  return { body, digits: payload.subarray(4, 4 + length) };
}

/** Decodes a dictionary. @throws RangeError if it is damaged */
export function readDictionary({ body, digits }: Content): Skeleton {
  const from = new ByteReader(body);
  const texts = readTexts(from, digits);
  const count = (): number => {
    const value = from.number();
    if (value > from.end - from.at) throw new RangeError('more parts than bytes');
    return value;
  };
  const reference = (): number => {
    const value = from.number();
    if (value >= texts.length) throw new RangeError('a reference to an undefined text');
    return value;
  };
  const [shapeCount, actionCount, templateCount] = [count(), count(), count()];
  const shapes = Array.from({ length: shapeCount }, () => Array.from({ length: count() }, reference));
  const actions = Int32Array.from({ length: actionCount }, reference);
  const starts = new Int32Array(templateCount);
  const shapeOf = new Int32Array(templateCount);
  let length = 0;
  for (let i = 0; i < templateCount; i++) {
    const shape = from.number();
    const keys = shapes[shape];
    if (keys === undefined) throw new RangeError('a template without a shape');
    shapeOf[i] = shape;
    starts[i] = length;
    length += FIELDS + keys.length;
  }
  if (length > from.end - from.at + templateCount) throw new RangeError('more parts than bytes');
  const fields = new Int32Array(length);
  let at = 0;
  for (let i = 0; i < templateCount; i++) {
    const end = at + FIELDS + (shapes[shapeOf[i] as number]?.length ?? 0);
    fields[at++] = shapeOf[i] as number;
    while (at < end) {
      const value = from.number() - 1;
      if (value >= texts.length) throw new RangeError('a reference to an undefined text');
      fields[at++] = value;
    }
  }
  return { texts, shapes, starts, fields, actions };
}

/** Counts the values that vary in each template. */
export function countVarying({ shapes, starts, fields }: Skeleton): Int32Array {
  return Int32Array.from({ length: starts.length }, (_, i) => {
    const start = starts[i] as number;
    const keys = shapes[fields[start] as number]?.length ?? 0;
    let count = 0;
    for (let j = 0; j < keys; j++) if (fields[start + FIELDS + j] === VARIES) count++;
    return count;
  });
}
