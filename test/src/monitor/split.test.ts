import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LINE } from '../../../src/monitor/line-scanner.ts';
import { PlainRecords } from '../../../src/monitor/plain.ts';
import {
  AT,
  decodeRecord,
  encodeRecord,
  type MonitorRecord,
  RECORD_SIZE,
} from '../../../src/monitor/record.ts';
import { type Pieces, split } from '../../../src/monitor/split.ts';
import { monitorRecords } from '../../support/monitor-records.ts';

type Piece = MonitorRecord | { line: unknown } | { discarded: number };

interface Found {
  readonly all: readonly Piece[];
  /** The bytes that are held at the end, and the most that were held from one chunk to the next. */
  readonly held: number;
  readonly most: number;
}

/**
 * Everything that comes out of bytes that arrive in these chunks, which is the same without the
 * short cut.
 */
function pieces(...chunks: readonly Uint8Array[]): Found {
  return piecesOf(chunks, false);
}

/** The same for a reader that lags: with each chunk but the last one, more is readable. */
function piecesWhileLagging(...chunks: readonly Uint8Array[]): Found {
  return piecesOf(chunks, true);
}

function piecesOf(chunks: readonly Uint8Array[], lags: boolean): Found {
  const found = piecesBy((bytes) => new PlainRecords(bytes), chunks, lags);
  assert.deepEqual(
    found,
    piecesBy(() => ({ at: () => undefined }), chunks, lags),
  );
  return found;
}

/** A reader in small. */
function piecesBy(
  shortCut: (bytes: Buffer) => Pick<PlainRecords, 'at'>,
  chunks: readonly Uint8Array[],
  lags: boolean,
): Found {
  const all: Piece[] = [];
  const buffer = Buffer.alloc(Buffer.concat(chunks).length);
  const plain = shortCut(buffer);
  let most = 0;
  let held = 0;
  for (const [i, chunk] of chunks.entries()) {
    buffer.set(chunk, held);
    const end = held + chunk.length;
    const taken: Pieces<unknown> = {
      parse: (text) => {
        try {
          return JSON.parse(text);
        } catch {
          return undefined;
        }
      },
      line: (line) => all.push({ line }),
      plain: (at, end) => {
        const record = plain.at(at, end);
        if (record !== undefined) all.push({ ...record });
        return record !== undefined;
      },
      record: (bytes, at) => all.push(decodeRecord(bytes, at)),
      discarded: (count) => all.push({ discarded: count }),
    };
    const done = split(buffer, end, taken, lags && i < chunks.length - 1);
    buffer.copyWithin(0, done, end);
    held = end - done;
    most = Math.max(most, held);
  }
  return { all, held, most };
}

function discardedIn(all: readonly Piece[]): number {
  return all.reduce((sum, piece) => sum + ('discarded' in piece ? piece.discarded : 0), 0);
}

/** Cuts bytes at places that are given as parts of the whole. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [
    0,
    ...places.map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b),
    bytes.length,
  ];
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

const record: MonitorRecord = {
  ...{ type: 0, subject: 'container', name: 'web', args: '', extra: '' },
  ...{ value: 11, exitCode: 0, pid: 9007 },
};
const good = encodeRecord(record);

const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 });

/** Output of a foreign writer: any bytes, zeros, text. It never forms a line. */
const garbage = fc
  .oneof(
    fc.uint8Array({ minLength: 1, maxLength: 700 }).map((bytes) => Buffer.from(bytes)),
    fc.integer({ min: 1, max: 1500 }).map((size) => Buffer.alloc(size)),
    fc
      .array(fc.constantFrom(0, 1, 2, 65), { minLength: 1, maxLength: 700 })
      .map((bytes) => Buffer.from(bytes)),
    fc.string({ minLength: 1 }).map((text) => Buffer.from(text)),
    fc
      .constantFrom('{', '{"a":', '{"action":"x"', '{{{{\n', 'x{"no', '\n\n')
      .map((text) => Buffer.from(text)),
  )
  .filter((bytes) => !/\{[^]*\}/.test(bytes.toString('latin1')));

/** Output of a killed writer: a part of a record that lacks more than a byte or two. */
const part = fc
  .tuple(monitorRecords, fc.integer({ min: 1, max: RECORD_SIZE - 13 }), fc.boolean())
  .map(([each, size, head]) =>
    head ? encodeRecord(each).subarray(0, size) : encodeRecord(each).subarray(-size),
  );

const line = fc
  .record({ action: fc.string(), attributes: fc.dictionary(fc.string(), fc.string()) })
  .map((value) => ({
    value: JSON.parse(JSON.stringify(value)),
    bytes: Buffer.from(`${JSON.stringify(value)}\n`),
  }));

describe('splitting', () => {
  it('finds every record and line, however they are cut', () => {
    const piece = fc.oneof(
      monitorRecords.map((each) => ({ piece: each as Piece, bytes: encodeRecord(each) })),
      line.map(({ value, bytes }) => ({ piece: { line: value } as Piece, bytes })),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), places, (all, places) => {
        const bytes = Buffer.concat(all.map(({ bytes }) => bytes));
        const whole = { all: all.map(({ piece }) => piece), held: 0 };
        expect(pieces(...cut(bytes, places))).toMatchObject(whole);
        expect(piecesWhileLagging(...cut(bytes, places))).toMatchObject(whole);
      }),
    );
  });

  it('finds every record after garbage, and counts what it skips', () => {
    const records = (minLength: number): fc.Arbitrary<MonitorRecord[]> =>
      fc.array(monitorRecords, { minLength, maxLength: 3 });
    // Between two pieces of garbage, one record alone and one made of parts can be equally good.
    const stretch = fc.oneof(fc.tuple(garbage, records(1)), fc.tuple(part, records(2)));
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1, maxLength: 4 }), places, (stretches, places) => {
        const bytes = Buffer.concat(
          stretches.flatMap(([garbage, records]) => [garbage, ...records.map(encodeRecord)]),
        );
        const { all, held } = pieces(...cut(bytes, places));
        expect(piecesWhileLagging(...cut(bytes, places)).all).toEqual(all);
        const records = all.filter((piece) => 'name' in piece);
        expect(records).toEqual(stretches.flatMap(([, records]) => records));
        const lines = all.filter((piece) => 'line' in piece);
        expect(lines).toEqual([]);
        const ends = 2 * stretches.length; // Lone ends of lines are not a loss.
        const lost = bytes.length - records.length * RECORD_SIZE - held;
        expect(discardedIn(all)).toBeGreaterThanOrEqual(lost - ends);
        expect(discardedIn(all)).toBeLessThanOrEqual(lost);
      }),
      { numRuns: 300 },
    );
  });

  it('prefers a whole record to any part of one before it', () => {
    const long = encodeRecord({ ...record, name: 'a'.repeat(64), args: 'ls', extra: 'a=b' });
    for (let size = 1; size < RECORD_SIZE; size++) {
      for (const first of [good, long]) {
        const { all } = pieces(Buffer.concat([first.subarray(0, size), good]));
        expect(all).toEqual([{ discarded: size }, record]);
      }
    }
  });

  it('prefers a whole record to any part of one before it, whatever follows', () => {
    const first = encodeRecord({ ...record, name: 'first', value: 0, exitCode: 0, pid: 0 });
    const afters: Buffer[] = ['', '\0', '\x01', '\xffgarbage', '\0'.repeat(700)].map((text) =>
      Buffer.from(text, 'latin1'),
    );
    afters.push(good.subarray(0, 100), good.subarray(9));
    const named = encodeRecord({ ...record, name: 'f'.repeat(64), args: 'ls -l', extra: 'a=b', pid: -1 });
    for (let size = 1; size < RECORD_SIZE; size++) {
      // Every size at the end, where the numbers are missing; some of the others.
      const isEnd = size >= AT.value - AT.name;
      if (!isEnd && size % 5 > 0) continue;
      const all = isEnd ? afters : [afters[(size / 5) % afters.length] as Buffer];
      for (const after of all) {
        for (const whole of [good, named]) {
          const end = Buffer.alloc(RECORD_SIZE, '-');
          const { all } = pieces(Buffer.concat([first.subarray(0, size), whole, after, end]));
          expect(all).toContainEqual(decodeRecord(whole));
        }
      }
    }
  });

  it('takes the later record where the same bytes are a record and the end of one, or a part of one and a record', () => {
    // No reader can tell these apart: a record's last numbers and the first two of the next one are 0.
    const image = encodeRecord({ ...record, subject: 'image', value: 0, exitCode: 0, pid: 0 });
    const headless = Buffer.concat([image, good.subarray(8), Buffer.from('-')]);
    const truncated = Buffer.concat([image.subarray(0, -8), good, Buffer.from('-')]);
    expect(headless.equals(truncated)).toBe(true);
    const { all } = pieces(truncated, Buffer.alloc(RECORD_SIZE, '-'));
    expect(all.slice(0, 2)).toEqual([{ discarded: RECORD_SIZE - 8 }, record]);
  });

  it('finds every line and record after a part of a record, wherever that was cut', () => {
    const lines = ['one', 'two', 'three'].map((name) => ({ action: 'start', name }));
    const bytes = lines.map((each) => Buffer.from(`${JSON.stringify(each)}\n`));
    const long = encodeRecord({ ...record, name: 'a'.repeat(64), args: 'ls -l', extra: 'a=b,c=d' });
    for (let size = 1; size < RECORD_SIZE; size++) {
      // Every size around texts and numbers; some of the others.
      const isTelling = size < AT.args + 10 || size >= AT.extraEnd - 10;
      if (!isTelling && size % 7 > 0) continue;
      for (const first of [good, long]) {
        const found = lines.map((line) => ({ line }));
        const part = first.subarray(0, size);
        const together = pieces(Buffer.concat([part, ...bytes, good, good]));
        expect(together).toMatchObject({ all: [{ discarded: size }, ...found, record, record], held: 0 });
        // Written one by one: a line is not held back until a record's worth of bytes has come.
        const apart = pieces(part, ...bytes, good, good);
        expect(apart).toMatchObject({ all: [{ discarded: size }, ...found, record, record], held: 0 });
        expect(pieces(part, bytes[0] as Buffer).all).toContainEqual(found[0]);
        const lagging = piecesWhileLagging(Buffer.concat([part, ...bytes, good, good]), good);
        expect(lagging).toMatchObject({
          all: [{ discarded: size }, ...found, record, record, record],
          held: 0,
        });
      }
    }
  });

  it('waits for the rest of a record or a line', () => {
    expect(pieces(good.subarray(0, 300))).toMatchObject({ all: [], held: 300 });
    expect(pieces(good.subarray(0, 300), good.subarray(300))).toMatchObject({ all: [record], held: 0 });
    expect(pieces(Buffer.from('{"a":'))).toMatchObject({ all: [], held: 5 });
  });

  it('takes a line that only a record ends', () => {
    expect(pieces(Buffer.concat([Buffer.from('{"a":1}'), good]))).toMatchObject({
      all: [{ line: { a: 1 } }, record],
      held: 0,
    });
  });

  it('reads a line directly after other text', () => {
    expect(pieces(Buffer.from('hello {"a":{"b":1}}\n{"c":1}\r\n'))).toMatchObject({
      all: [{ discarded: 6 }, { line: { a: { b: 1 } } }, { line: { c: 1 } }],
      held: 0,
    });
  });

  it('gives up a line that is too long, and holds no more of it', () => {
    const long = Buffer.from(`{"a":"${'x'.repeat(MAX_LINE)}`);
    const chunks = cut(Buffer.concat([long, long, good]), [0.1, 0.3, 0.45, 0.55, 0.8, 0.9]);
    const { all, held, most } = pieces(...chunks);
    expect(held).toBe(0);
    expect(most).toBeLessThanOrEqual(MAX_LINE);
    expect(all.at(-1)).toEqual(record);
    expect(discardedIn(all)).toBe(2 * long.length);
  });

  it('waits for the rest of a record that comes after a part of one', () => {
    const bytes = Buffer.concat([good.subarray(0, 300), good]);
    expect(pieces(bytes.subarray(0, RECORD_SIZE + 20), bytes.subarray(RECORD_SIZE + 20))).toMatchObject({
      all: [{ discarded: 300 }, record],
      held: 0,
    });
  });

  it.each([
    ['a name with a control character', 9, 0x1b],
    ['an empty name', 8, 0],
    ['an unknown type', 0, 3],
    ['a state beyond those there can be', 585, 1],
  ])('takes for no record what has %s', (_, at, byte) => {
    const bad = Buffer.from(good);
    bad[at] = byte;
    expect(pieces(Buffer.concat([bad, good]))).toMatchObject({
      all: [{ discarded: RECORD_SIZE }, record],
      held: 0,
    });
  });

  it('takes records of a sender that leaves what was there behind its texts', () => {
    const dirty = Buffer.from(good);
    dirty.fill('x', 20, 60).fill('y', 90, 327).fill('z', 340, 584);
    dirty[327] = 0;
    expect(pieces(Buffer.concat([dirty, good, dirty, dirty])).all).toEqual([record, record, record, record]);
  });
});
