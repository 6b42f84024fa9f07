/** Records of every kind, for properties. */
import fc from 'fast-check';
import type { MonitorRecord } from '../../src/monitor/record.ts';

/** Text without a NUL that has room in so many bytes. */
function text(bytes: number): fc.Arbitrary<string> {
  return fc
    .string({ unit: 'binary', maxLength: bytes })
    .map((all) => all.replaceAll('\0', ''))
    .filter((all) => Buffer.byteLength(all) <= bytes && Buffer.from(all).toString() === all);
}

const hexId = fc.stringMatching(/^[0-9a-f]{64}$/);

const name = fc.oneof(
  hexId,
  fc.constantFrom('web', 'a', 'busybox:latest', 'x'.repeat(64)),
  // oxlint-disable-next-line no-control-regex -- names have none
  text(64).filter((all) => !/^$|^ |[\u0000-\u001f\u007f]/.test(all)),
);

const number = fc.oneof(
  fc.constantFrom(-1, 0, 1, 137, 0x41, 9007),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);

/** Linux has no higher pid (`PID_MAX_LIMIT`). */
const pid = fc.oneof(fc.constantFrom(-1, 0, 1, 9007), fc.integer({ min: -1, max: 4_194_304 }));

/** Records as iSulad's senders write them: each has room for its texts. */
export const monitorRecords: fc.Arbitrary<MonitorRecord> = fc.record({
  type: fc.constantFrom(0, 1, 2),
  subject: fc.constantFrom('container', 'image'),
  name,
  args: fc.oneof(fc.constantFrom('', 'sh -c "echo hi"'), text(254)),
  extra: fc.oneof(fc.constantFrom('', 'signal=9'), text(254)),
  value: fc.integer({ min: 0, max: 40 }),
  exitCode: number,
  pid,
});
