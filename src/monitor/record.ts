/** The monitor record: iSulad's `struct monitord_msg`, 596 bytes, little-endian. */
import type { RecordSubject } from './state-codes.ts';

/** The size of a record in bytes. It is less than PIPE_BUF, so a write to a FIFO is atomic. */
export const RECORD_SIZE = 596;

/** Type of records that are events; iSulad ignores the other types. */
export const STATE = 0;

/** Stands for an absent pid or exit code. */
export const NONE = -1;

export interface MonitorRecord {
  /** 0 STATE, 1 PRIORITY, 2 EXIT_CODE. */
  readonly type: number;
  readonly subject: RecordSubject;
  /** A container's id or name, or an image: 1 to 64 bytes. */
  readonly name: string;
  /** Up to 254 bytes. */
  readonly args: string;
  /** Further annotations, such as `signal=9`: up to 254 bytes. */
  readonly extra: string;
  /** The state, by its number in `states.ts`. */
  readonly value: number;
  readonly exitCode: number;
  readonly pid: number;
}

/** Offsets of the fields, and of the ends of texts: each includes a NUL. Byte 583 is padding. */
export const AT = {
  type: 0,
  subject: 4,
  name: 8,
  args: 73,
  extra: 328,
  extraEnd: 583,
  value: 584,
  exitCode: 588,
  pid: 592,
} as const;

/** Decodes the record at `offset`, which must be plausible (see `readingAt`). */
export function decodeRecord(bytes: Buffer, offset: number = 0): MonitorRecord {
  return {
    type: bytes[offset]!,
    subject: bytes[offset + AT.subject] === 0 ? 'container' : 'image',
    name: textAt(bytes, offset + AT.name),
    args: textAt(bytes, offset + AT.args),
    extra: textAt(bytes, offset + AT.extra),
    value: bytes.readInt32LE(offset + AT.value),
    exitCode: bytes.readInt32LE(offset + AT.exitCode),
    pid: bytes.readInt32LE(offset + AT.pid),
  };
}

/** Encodes a record. @throws RangeError if a text does not fit (see {@link fitsRecord}) */
export function encodeRecord(record: MonitorRecord): Buffer {
  if (!fitsRecord(record))
    throw new RangeError(
      'a name, arguments or annotations are longer than a record has room for, or have a NUL',
    );
  const bytes = Buffer.alloc(RECORD_SIZE);
  bytes.writeInt32LE(record.type, AT.type);
  bytes.writeInt32LE(record.subject === 'container' ? 0 : 1, AT.subject);
  bytes.write(record.name, AT.name);
  bytes.write(record.args, AT.args);
  bytes.write(record.extra, AT.extra);
  bytes.writeInt32LE(record.value, AT.value);
  bytes.writeInt32LE(record.exitCode, AT.exitCode);
  bytes.writeInt32LE(record.pid, AT.pid);
  return bytes;
}

/** Tests whether every text fits with its NUL, and contains no other NUL. */
export function fitsRecord({ name, args, extra }: Pick<MonitorRecord, 'name' | 'args' | 'extra'>): boolean {
  return (
    fits(name, AT.args - AT.name) && fits(args, AT.extra - AT.args) && fits(extra, AT.extraEnd - AT.extra)
  );
}

function fits(text: string, bytes: number): boolean {
  return Buffer.byteLength(text) < bytes && !text.includes('\0');
}

/** The text up to its NUL. Invalid UTF-8 becomes U+FFFD. */
function textAt(bytes: Buffer, start: number): string {
  return bytes[start] === 0 ? '' : bytes.toString('utf8', start, bytes.indexOf(0, start));
}
