import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Names } from '../../../src/monitor/names.ts';
import { encodeRecord, type MonitorRecord, nameAt, RECORD_SIZE } from '../../../src/monitor/record.ts';
import { monitorRecords } from '../../support/monitor-records.ts';

describe('Names', () => {
  it('reads the name of whatever record there is now', () => {
    const bytes = Buffer.alloc(RECORD_SIZE + 3);
    const names = new Names(bytes);
    const few = fc.constantFrom('a', 'b', 'web', 'x'.repeat(64), `${'x'.repeat(63)}y`, '\u{1F40B}');
    fc.assert(
      fc.property(monitorRecords, fc.option(few), fc.integer({ min: 0, max: 3 }), (record, name, at) => {
        encodeRecord({ ...record, name: name ?? record.name }).copy(bytes, at);
        expect(names.at(at)).toBe(nameAt(bytes, at));
      }),
      { numRuns: 2000 },
    );
  });

  it('is not taken in by what is behind the name', () => {
    const record: MonitorRecord = {
      ...{ type: 0, subject: 'container', name: 'web', args: '', extra: '' },
      ...{ value: 0, exitCode: 0, pid: 0 },
    };
    const bytes = encodeRecord(record);
    const names = new Names(bytes);
    expect(names.at(0)).toBe('web');
    bytes.write('rubbish', 20);
    expect(names.at(0)).toBe('web');
    bytes.write('2', 11);
    expect(names.at(0)).toBe('web2');
  });
});
