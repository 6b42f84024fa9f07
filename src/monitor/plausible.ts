/**
 * What looks like a monitor record. Any bytes can be in the FIFO, and a record has no mark of its own: what tells is
 * that its numbers are small, that its texts end within their fields, and what comes right after it.
 */
import { AT, RECORD_SIZE } from './record.ts';

/** The highest `type` and `event_type` there are. */
const TYPES = 2;
const SUBJECTS = 1;

/** Whether the bytes from `at` to `end`, as far as there are any, can be the beginning of a record. */
function beginsRecord(view: DataView, at: number, end: number): boolean {
  return (
    view.getUint8(at) <= TYPES &&
    (at + 1 >= end || view.getUint8(at + 1) === 0) &&
    (at + 2 >= end || view.getUint8(at + 2) === 0) &&
    (at + 3 >= end || view.getUint8(at + 3) === 0) &&
    (at + 4 >= end || view.getUint8(at + 4) <= SUBJECTS) &&
    (at + 5 >= end || view.getUint8(at + 5) === 0) &&
    (at + 6 >= end || view.getUint8(at + 6) === 0) &&
    (at + 7 >= end || view.getUint8(at + 7) === 0) &&
    (at + AT.name >= end || isPrintable(view.getUint8(at + AT.name)))
  );
}

/**
 * Whether a record can be at `at`, where there are bytes enough for one: a name without control characters, three
 * texts with their NUL, a state from 0 to 255.
 */
function isRecord(view: DataView, at: number, end: number): boolean {
  return (
    beginsRecord(view, at, end) &&
    hasName(view, at) &&
    hasNul(view, at + AT.args, at + AT.extra) &&
    hasNul(view, at + AT.extra, at + AT.extraEnd) &&
    view.getUint8(at + AT.value + 1) === 0 &&
    view.getUint8(at + AT.value + 2) === 0 &&
    view.getUint8(at + AT.value + 3) === 0
  );
}

/**
 * Whether the bytes behind each text's NUL are 0, as far as there are any before `end`: iSulad's sender, and ours,
 * leave them so; a record of which the end is missing has the next one's bytes there.
 */
function isClean(view: DataView, at: number, end: number): boolean {
  return (
    restIsZero(view, at + AT.name, Math.min(end, at + AT.args)) &&
    restIsZero(view, at + AT.args, Math.min(end, at + AT.extra)) &&
    restIsZero(view, at + AT.extra, Math.min(end, at + AT.extraEnd))
  );
}

/** How many bytes tell something of a record that is not all there: its numbers and its name. */
const TELLING = AT.args;

/** Whether a clean record begins inside the one at `at`, and is followed well where that is asked for. */
function innerRecord(
  view: DataView,
  at: number,
  end: number,
  followedWell: boolean,
): 'none' | 'whole' | 'partial' {
  for (let inner = at + 1; inner < at + RECORD_SIZE && inner + TELLING <= end; inner++) {
    if (!beginsRecord(view, inner, end) || !isClean(view, inner, end)) continue;
    const next = inner + RECORD_SIZE;
    if (next > end) return 'partial';
    if (isRecord(view, inner, end) && (!followedWell || isFollowedWell(view, inner, end))) return 'whole';
  }
  return 'none';
}

const BRACE = 0x7b;

/** Whether what comes after the record at `at` is another record or a line, or nothing yet. */
function isFollowedWell(view: DataView, at: number, end: number): boolean {
  const next = at + RECORD_SIZE;
  return next === end || view.getUint8(next) === BRACE || beginsRecord(view, next, end);
}

/**
 * What is at `at`: a `record`, `none`, or `partial`, which only more bytes can tell.
 *
 * A writer that is killed, or does not write in one piece, leaves a part of a record, and together with the beginning
 * of the next that can look like one. So a clean record inside of one that is not clean is preferred; and inside of
 * one that is clean but not followed well, a clean one that is.
 */
export function readingAt(view: DataView, at: number, end: number): 'record' | 'none' | 'partial' {
  if (!beginsRecord(view, at, end)) return 'none';
  if (at + RECORD_SIZE > end) return 'partial';
  if (!isRecord(view, at, end)) return 'none';
  const clean = isClean(view, at, end);
  if (clean && isFollowedWell(view, at, end)) return 'record';
  const inner = innerRecord(view, at, end, clean);
  return inner === 'none' ? 'record' : inner === 'whole' ? 'none' : 'partial';
}

function isPrintable(byte: number): boolean {
  return byte > 0x20 && byte !== 0x7f;
}

function hasName(view: DataView, at: number): boolean {
  for (let i = at + AT.name; i < at + AT.args; i++) {
    const byte = view.getUint8(i);
    if (byte === 0) return true;
    if (byte < 0x20 || byte === 0x7f) return false;
  }
  return false;
}

function hasNul(view: DataView, start: number, end: number): boolean {
  return nulIn(view, start, end) < end;
}

/** Where the first NUL is; `end` when there is none. */
function nulIn(view: DataView, start: number, end: number): number {
  let i = start;
  while (i < end && view.getUint8(i) !== 0) i++;
  return i;
}

/** Most of a record is zeros, and most of the time that reading one takes went to looking at each: so 16 at a time. */
function restIsZero(view: DataView, start: number, end: number): boolean {
  let i = nulIn(view, start, end);
  for (; i + 16 <= end; i += 16) {
    const some = view.getInt32(i) | view.getInt32(i + 4) | view.getInt32(i + 8) | view.getInt32(i + 12);
    if (some !== 0) return false;
  }
  while (i < end && view.getUint8(i) === 0) i++;
  return i >= end;
}
