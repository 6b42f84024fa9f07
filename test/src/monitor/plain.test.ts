import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlainRecords } from '../../../src/monitor/plain.ts';
import { readingAt, shapeAt } from '../../../src/monitor/record-check.ts';
import { decodeRecord, encodeRecord, type MonitorRecord, RECORD_SIZE } from '../../../src/monitor/record.ts';
import { monitorRecords } from '../../support/monitor-records.ts';

const plain: MonitorRecord = {
  ...{ type: 0, subject: 'container', name: 'web', args: '', extra: 'signal=9' },
  ...{ value: 18, exitCode: 0, pid: -1 },
};

/** Two records in a row, read again and again from the same place as they change. */
class Place {
  readonly bytes: Buffer = Buffer.alloc(2 * RECORD_SIZE + 4);
  readonly #records = new PlainRecords(this.bytes);
  readonly #view = new DataView(this.bytes.buffer);

  /**
   * The record, if it is plain. Every plain record is a clean record for the careful reader too.
   */
  read(at: number, end = this.bytes.length): MonitorRecord | undefined {
    const record = this.#records.at(at, end);
    if (record !== undefined) {
      assert.equal(readingAt(this.#view, at, end), 'record');
      assert.equal(shapeAt(this.#view, at), 'clean');
      assert.deepEqual(record, decodeRecord(this.bytes, at));
    }
    return record;
  }
}

const text = fc.constantFrom('', 'a', 'web', 'signal=9', 'x'.repeat(64), `${'x'.repeat(63)}y`, '\u{1F40B}');

describe('PlainRecords', () => {
  it('reads no other record than there is now', () => {
    const place = new Place();
    const known = fc.record({ name: text.filter((name) => name !== ''), extra: text });
    const change = fc.tuple(
      fc.integer({ min: 0, max: place.bytes.length - 1 }),
      fc.constantFrom(0, 1, 0x1b, 0x41, 0xff),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(monitorRecords, fc.option(known)), { minLength: 2, maxLength: 2 }),
        fc.constantFrom(0, 4, 2),
        fc.array(change, { maxLength: 2 }),
        (records, at, changes) => {
          place.bytes.fill(0);
          records.forEach(([record, known], i) => {
            encodeRecord({ ...record, ...known }).copy(place.bytes, at + i * RECORD_SIZE);
          });
          for (const [at, byte] of changes) place.bytes[at] = byte;
          place.read(at);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('reads what an engine writes, once it is all there', () => {
    const place = new Place();
    fc.assert(
      fc.property(monitorRecords, text, fc.constantFrom(0, 4), (record, extra, at) => {
        encodeRecord({ ...record, args: '', extra }).copy(place.bytes, at);
        expect(place.read(at, at + RECORD_SIZE - 1)).toBeUndefined();
        expect(place.read(at, at + RECORD_SIZE)).toBeDefined();
      }),
    );
  });

  it('is not taken in by a known text when a byte behind it is not 0', () => {
    const place = new Place();
    for (const extra of ['', 'signal=9']) {
      const bytes = encodeRecord({ ...plain, extra });
      for (let dirty = 8; dirty < 583; dirty++) {
        if (bytes[dirty] !== 0) continue;
        bytes.copy(place.bytes);
        expect(place.read(0, RECORD_SIZE)).toBeDefined();
        place.bytes[dirty] = 0x41;
        const read = place.read(0, RECORD_SIZE);
        // A dirty byte directly after a text makes it longer; after an empty text it makes one
        // character.
        const longer = dirty === 11 || dirty === (extra === '' ? 328 : 336);
        expect(read !== undefined, `byte ${dirty}`).toBe(longer);
      }
    }
  });

  it('holds a name once, however often it comes', () => {
    const place = new Place();
    encodeRecord(plain).copy(place.bytes);
    const first = place.read(0, RECORD_SIZE)?.name;
    place.bytes.write('other', 8);
    expect(place.read(0, RECORD_SIZE)?.name).toBe('other');
    encodeRecord(plain).copy(place.bytes);
    expect(place.read(0, RECORD_SIZE)?.name).toBe(first);
  });
});
