/** Reads ordinary records, which are nearly all, in one pass; `record-check.ts` handles the others. */
import { isFollowedWell, STATES, SUBJECTS, TYPES } from './record-check.ts';
import { AT, type MonitorRecord, RECORD_SIZE } from './record.ts';
import { TEXT_BYTES, Texts } from './texts.ts';

/** Most names and annotations that are remembered. */
const NAMES = 8192;
const EXTRAS = 256;

/** Offsets of fields in a record, in words: names and annotations begin at a word. */
const NAME = AT.name / 4;
const EXTRA = AT.extra / 4;
const TEXT = TEXT_BYTES / 4;

/**
 * Their bytes as text, padded with zeros. A name has no control characters and does not begin with
 * a space.
 */
const NAME_SHAPE = /^([!-~\x80-\uffff][ -~\x80-\uffff]*)\0*$/;
const EXTRA_SHAPE = /^([^\0]+)\0*$/;

/** The last word of annotations: three bytes, and the padding. */
const LAST = AT.extraEnd - 3;

/**
 * Reads plain records. A plain record begins at a word of the buffer, has no arguments and at most
 * 64 bytes of annotations, is clean, and is followed well (see `readingAt`, which accepts each of
 * them too).
 */
export class PlainRecords {
  readonly #view: DataView;
  readonly #words: Int32Array;
  readonly #names: Texts;
  readonly #extras: Texts;
  /** The last record: one object for all. */
  readonly #record: { -readonly [Field in keyof MonitorRecord]: MonitorRecord[Field] } = {
    ...{ type: 0, subject: 'container', name: '', args: '', extra: '' },
    ...{ value: 0, exitCode: 0, pid: 0 },
  };

  /** @param bytes buffer of the records, from the beginning of its memory */
  constructor(bytes: Buffer) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    this.#view = view;
    this.#words = words;
    const read = (shape: RegExp) => (at: number) =>
      shape.exec(bytes.toString('utf8', 4 * at, 4 * at + TEXT_BYTES))?.[1];
    this.#names = new Texts(words, NAMES, read(NAME_SHAPE));
    this.#extras = new Texts(words, EXTRAS, read(EXTRA_SHAPE));
  }

  /**
   * Reads the record at that byte if it is plain and lies wholly before `end`. The next call
   * overwrites the result.
   */
  at(at: number, end: number): MonitorRecord | undefined {
    if ((at & 3) !== 0 || at + RECORD_SIZE > end) return undefined;
    const view = this.#view;
    const words = this.#words;
    const word = at >> 2;
    const type = view.getUint32(at, true);
    const subject = view.getUint32(at + AT.subject, true);
    const value = view.getUint32(at + AT.value, true);
    if (type > TYPES || subject > SUBJECTS || value > STATES) return undefined;

    // The rest, after the last byte of the name.
    const hasExtra = words[word + EXTRA] !== 0;
    const rest = word + (hasExtra ? EXTRA + TEXT : EXTRA);
    if (!isZero(words, word + NAME + TEXT, word + EXTRA)) return undefined;
    if (!isZero(words, rest, word + LAST / 4)) return undefined;
    if ((view.getUint32(at + LAST, true) & 0xffffff) !== 0 || !isFollowedWell(view, at, end))
      return undefined;

    const extra = hasExtra ? this.#extras.at(word + EXTRA) : '';
    const name = this.#names.at(word + NAME);
    if (name === undefined || extra === undefined) return undefined;
    const record = this.#record;
    record.type = type;
    record.subject = subject === 0 ? 'container' : 'image';
    record.name = name;
    record.extra = extra;
    record.value = value;
    record.exitCode = view.getInt32(at + AT.exitCode, true);
    record.pid = view.getInt32(at + AT.pid, true);
    return record;
  }
}

/** Most of the reading time is spent here: eight words at a time. */
function isZero(words: Int32Array, start: number, end: number): boolean {
  let i = start;
  for (; i + 8 <= end; i += 8) {
    const one = words[i]! | words[i + 1]! | words[i + 2]! | words[i + 3]!;
    const two = words[i + 4]! | words[i + 5]! | words[i + 6]! | words[i + 7]!;
    if ((one | two) !== 0) return false;
  }
  while (i < end && words[i] === 0) i++;
  return i >= end;
}
