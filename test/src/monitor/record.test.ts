import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord, type MonitorRecord, RECORD_SIZE } from '../../../src/monitor/record.ts';
import { monitorRecords } from '../../support/monitor-records.ts';

const plain: MonitorRecord = {
  ...{ type: 0, subject: 'container', name: 'web', args: 'sh', extra: 'signal=9' },
  ...{ value: 1, exitCode: 137, pid: 9007 },
};

describe('the record codec', () => {
  it('has each field where iSulad has it', () => {
    const bytes = encodeRecord({ ...plain, subject: 'image', type: 2 });
    expect(bytes).toHaveLength(RECORD_SIZE);
    const found = {
      type: bytes.readInt32LE(0),
      eventType: bytes.readInt32LE(4),
      name: bytes.toString('latin1', 8, 12),
      args: bytes.toString('latin1', 73, 76),
      extra: bytes.toString('latin1', 328, 337),
      value: bytes.readInt32LE(584),
      exitCode: bytes.readInt32LE(588),
      pid: bytes.readInt32LE(592),
    };
    expect(found).toEqual({
      ...{ type: 2, eventType: 1, name: 'web\0', args: 'sh\0', extra: 'signal=9\0' },
      ...{ value: 1, exitCode: 137, pid: 9007 },
    });
  });

  it('reads what it writes, wherever that is', () => {
    fc.assert(
      fc.property(monitorRecords, fc.uint8Array({ maxLength: 9 }), (record, before) => {
        const bytes = Buffer.concat([before, encodeRecord(record), before]);
        expect(decodeRecord(bytes, before.length)).toEqual(record);
      }),
    );
  });

  it('replaces invalid UTF-8', () => {
    const bytes = encodeRecord(plain);
    bytes[9] = 0xff;
    expect(decodeRecord(bytes).name).toBe('w\ufffdb');
  });

  it.each([
    ['name', 64],
    ['args', 254],
    ['extra', 254],
  ] as const)('has room for a %s of %i bytes and no more', (field, most) => {
    const text = 'x'.repeat(most - 2) + 'é';
    expect(decodeRecord(encodeRecord({ ...plain, [field]: text }))[field]).toBe(text);
    expect(() => encodeRecord({ ...plain, [field]: `x${text}` })).toThrow(
      /longer than a record has room for/,
    );
  });
});
