/**
 * Recognizes monitor records. The FIFO can hold any bytes, and a record has no mark of its own. A
 * record is plausible if its numbers are small, its texts end within their fields, and valid data
 * follows it.
 */
import type { LineReading } from './line-scanner.ts';
import { AT, RECORD_SIZE } from './record.ts';

/** The highest known `type` and `event_type`, and the highest possible state. */
export const TYPES = 2;
export const SUBJECTS = 1;
export const STATES = 255;

/** Tests whether the bytes from `at` to `end` can be the beginning of a record. */
function beginsRecord(view: DataView, at: number, end: number): boolean {
  if (at + AT.name < end) {
    return (
      view.getUint32(at, true) <= TYPES &&
      view.getUint32(at + AT.subject, true) <= SUBJECTS &&
      isPrintable(view.getUint8(at + AT.name))
    );
  }
  for (let i = at; i < end; i++) {
    const most = i === at ? TYPES : i === at + AT.subject ? SUBJECTS : 0;
    if (view.getUint8(i) > most) return false;
  }
  return true;
}

/**
 * Classifies the bytes of a whole record: `none` unless it has a name without control characters,
 * three texts with their NUL, and a state from 0 to 255. `clean`: the bytes after each text's NUL
 * are 0. The senders of iSulad and tidings leave them so; a truncated record has the next record's
 * bytes there.
 */
export function shapeAt(view: DataView, at: number): 'clean' | 'dirty' | 'none' {
  const name = endOfName(view, at);
  const args = endOfText(view, at + AT.args, at + AT.extra);
  const extra = endOfText(view, at + AT.extra, at + AT.extraEnd);
  const ends = name < at + AT.args && args < at + AT.extra && extra < at + AT.extraEnd;
  if (!ends || view.getUint32(at + AT.value, true) > STATES) return 'none';
  const clean =
    isZero(view, name, at + AT.args) &&
    isZero(view, args, at + AT.extra) &&
    isZero(view, extra, at + AT.extraEnd);
  return clean ? 'clean' : 'dirty';
}

/** Tests whether the present part of an incomplete record is clean. */
function isCleanSoFar(view: DataView, at: number, end: number): boolean {
  const starts = [at + AT.name, at + AT.args, at + AT.extra, at + AT.extraEnd];
  return starts.slice(1).every((next, i) => {
    const limit = Math.min(end, next);
    return isZero(view, endOfText(view, starts[i] as number, limit), limit);
  });
}

/** Bytes needed to judge an incomplete record: its numbers and its name. */
const TELLING = AT.args;

/** Looks for a line that begins within a range. */
type LineWithin = (from: number, to: number) => LineReading;

/** Tests for a clean record inside the one at `at`; with `well`, it must be followed well. */
function innerRecord(
  view: DataView,
  at: number,
  end: number,
  followedWell: boolean,
  lineWithin: LineWithin,
  more: boolean,
): 'none' | 'whole' | 'partial' {
  for (let inner = at + 1; inner < at + RECORD_SIZE && inner + TELLING <= end; inner++) {
    if (!beginsRecord(view, inner, end)) continue;
    if (inner + RECORD_SIZE > end) {
      if (isCleanSoFar(view, inner, end) && (more || lineWithin(inner + 1, end) !== 'whole'))
        return 'partial';
    } else if (shapeAt(view, inner) === 'clean') {
      if (!followedWell || takesNumbers(view, at, inner) || isFollowedWell(view, inner, end)) return 'whole';
    }
  }
  return 'none';
}

/**
 * Tests whether the numbers of the record at `at` can be bytes of the clean record at `inner`. If
 * the inner record continues with bytes other than zeros, it is not a coincidence: the record at
 * `at` lacks its end.
 */
function takesNumbers(view: DataView, at: number, inner: number): boolean {
  const inNumbers = inner + AT.name >= at + AT.value;
  const isZeros = view.getInt32(at + AT.exitCode, true) === 0 && view.getInt32(at + AT.pid, true) === 0;
  return (inNumbers || isZeros) && !isZero(view, at + RECORD_SIZE, inner + RECORD_SIZE);
}

const BRACE = 0x7b;
const SPACE = 0x20;

/**
 * Tests whether a record, a line or nothing yet follows the record at `at`, and its last byte is
 * not text. A record that lacks a few bytes takes those of the next line for its pid, and no pid is
 * that large.
 */
export function isFollowedWell(view: DataView, at: number, end: number): boolean {
  const next = at + RECORD_SIZE;
  if (view.getInt8(next - 1) >= SPACE) return false;
  return next === end || view.getUint8(next) === BRACE || beginsRecord(view, next, end);
}

/**
 * Classifies the bytes at `at`: a `record`, `none`, or `partial` if more bytes are needed.
 *
 * A writer that is killed, or writes in several pieces, leaves a part of a record, which together
 * with the beginning of the next can look like a record. So a whole line or a clean record inside
 * an unclean one wins. Inside a clean record that is not followed well, a line in place of its
 * numbers wins, or a clean record that is followed well or whose bytes can be those numbers.
 *
 * @param more true if further bytes are readable: a record that is cut off at `end` is `partial`, as
 *   the end of a read cuts whole records too
 */
export function readingAt(
  view: DataView,
  at: number,
  end: number,
  lineWithin: LineWithin = () => 'none',
  more: boolean = false,
): 'record' | 'none' | 'partial' {
  if (!beginsRecord(view, at, end)) return 'none';
  if (at + RECORD_SIZE > end) return !more && lineWithin(at + 1, end) === 'whole' ? 'none' : 'partial';
  const shape = shapeAt(view, at);
  if (shape === 'none') return 'none';
  if (shape === 'clean' && isFollowedWell(view, at, end)) return 'record';
  const line = lineWithin(at + (shape === 'clean' ? AT.extraEnd : 1), at + RECORD_SIZE);
  if (line !== 'none') return line === 'whole' ? 'none' : 'partial';
  const inner = innerRecord(view, at, end, shape === 'clean', lineWithin, more);
  return inner === 'none' ? 'record' : inner === 'whole' ? 'none' : 'partial';
}

function isPrintable(byte: number): boolean {
  return byte > 0x20 && byte !== 0x7f;
}

/** Index of the name's NUL; the end of its field if there is no NUL, or a control character. */
function endOfName(view: DataView, at: number): number {
  const end = at + AT.args;
  const nul = endOfText(view, at + AT.name, end);
  return hasControl(view, at + AT.name, nul) ? end : nul;
}

// Every byte of every record is tested here, and most of the reading time is spent here: so four
// bytes at a time, or sixteen. A word has a byte less than n (up to 128) if `(word - n in each
// byte) & ~word` has a highest bit set.
const ONES = 0x01010101;
const SPACES = 0x20202020;
const DELETES = 0x7f7f7f7f;
const HIGHEST = 0x80808080 | 0;

/** Index of the first NUL; `end` if there is no NUL. */
function endOfText(view: DataView, start: number, end: number): number {
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const word = view.getInt32(i);
    if (((word - ONES) & ~word & HIGHEST) !== 0) break;
  }
  while (i < end && view.getUint8(i) !== 0) i++;
  return i;
}

/** Tests for a byte below a space, or DEL. */
function hasControl(view: DataView, start: number, end: number): boolean {
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const word = view.getInt32(i);
    const deletes = word ^ DELETES;
    if ((((word - SPACES) & ~word) | ((deletes - ONES) & ~deletes)) & HIGHEST) return true;
  }
  for (; i < end; i++) if (view.getUint8(i) < 0x20 || view.getUint8(i) === 0x7f) return true;
  return false;
}

function isZero(view: DataView, start: number, end: number): boolean {
  let i = start;
  for (; i + 16 <= end; i += 16) {
    const some = view.getInt32(i) | view.getInt32(i + 4) | view.getInt32(i + 8) | view.getInt32(i + 12);
    if (some !== 0) return false;
  }
  while (i < end && view.getUint8(i) === 0) i++;
  return i >= end;
}
