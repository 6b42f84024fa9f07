import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readingAt, shapeAt } from '../../../src/monitor/record-check.ts';
import { AT, encodeRecord } from '../../../src/monitor/record.ts';
import { monitorRecords } from '../../support/monitor-records.ts';

const reading = (bytes: Buffer, at = 0): string =>
  readingAt(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at, bytes.length);

const record = encodeRecord({
  ...{ type: 0, subject: 'container', name: 'x'.repeat(64), args: 'a'.repeat(254), extra: 'e'.repeat(254) },
  ...{ value: 1, exitCode: 0, pid: 1 },
});

describe('readingAt', () => {
  it('takes every record for one, wherever it is', () => {
    fc.assert(
      fc.property(monitorRecords, fc.integer({ min: 0, max: 9 }), (each, at) => {
        const bytes = Buffer.concat([Buffer.alloc(at), encodeRecord(each)]);
        expect(reading(bytes, at)).toBe('record');
        expect(reading(bytes.subarray(0, -1), at)).toBe('partial');
      }),
    );
  });

  it('finds a control character anywhere in a name, and takes no other byte for one', () => {
    for (let i = 0; i < 64; i++) {
      for (const byte of [0x01, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0x81, 0x9f, 0xff]) {
        const bytes = Buffer.from(record);
        bytes[AT.name + i] = byte;
        const control = byte < 0x20 || byte === 0x7f || (i === 0 && byte === 0x20);
        expect(reading(bytes), `byte ${byte} at ${i}`).toBe(control ? 'none' : 'record');
      }
    }
  });

  it.each([
    ['name', AT.args],
    ['args', AT.extra],
    ['extra', AT.extraEnd],
  ] as const)('misses the NUL of %s', (_, end) => {
    const bytes = Buffer.from(record);
    bytes[end - 1] = 0x41;
    expect(reading(bytes)).toBe('none');
  });
});

describe('shapeAt', () => {
  const plain = { type: 0, name: 'x', args: '', extra: '', value: 1, exitCode: 0, pid: 1 };
  const shapeWith = (dirty: number): string => {
    const bytes = encodeRecord({ ...plain, subject: 'container' });
    bytes[dirty] = 0x41;
    return shapeAt(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
  };

  it('sees a single byte that is not 0 behind the NUL of a text', () => {
    // Right at the beginning of a field it is a text of one character; at its end it takes the NUL
    // away.
    const fine = [AT.name + 1, AT.args, AT.extra];
    for (let dirty = AT.name + 1; dirty < AT.extraEnd; dirty++) {
      expect(shapeWith(dirty), `byte ${dirty}`).toBe(fine.includes(dirty) ? 'clean' : 'dirty');
    }
  });
});
