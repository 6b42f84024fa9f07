/** Cursors: a reader's position in a stream, as a short opaque text. */
import { isWhole } from '../whole-number.ts';
import { fnv1a } from '../hash.ts';

/** Content of a cursor. */
export interface Position {
  /** The stream's name: a few characters of `[0-9a-z]`, new whenever numbering starts over. */
  readonly epoch: string;
  /** The last event that the reader has received; 0 before the first. */
  readonly seq: number;
}

const SHAPE = /^([0-9a-z]{1,16}):(\d{1,16})\.([0-9a-z]{2})$/;

/**
 * Makes the name of a new numbering: milliseconds in base 36 plus random characters; short, and
 * unique on one host.
 */
export function newEpoch(): string {
  const chance = Math.floor(Math.random() * 36 ** 2);
  return Date.now().toString(36) + chance.toString(36).padStart(2, '0');
}

/** The text of a cursor: `epoch:seq.check`. Opaque to clients: compared for equality only. */
export function formatCursor(epoch: string, seq: number): string {
  return `${epoch}:${seq}.${check(epoch, seq)}`;
}

/** A writer of texts, piece by piece. */
export interface AsciiOutput {
  /** Writes a text that is pure ASCII. */
  ascii(text: string): void;
  /** Writes a whole number from 0 to 2^53 - 1. */
  decimal(value: number): void;
}

/** Writes the text of {@link formatCursor}. */
export function writeCursor(out: AsciiOutput, epoch: string, seq: number): void {
  out.ascii(epoch);
  out.ascii(':');
  out.decimal(seq);
  out.ascii('.');
  out.ascii(check(epoch, seq));
}

/**
 * Parses the text of {@link formatCursor}.
 *
 * @throws RangeError if the text is not a cursor, or was cut or altered
 */
export function parseCursor(text: string): Position {
  const match = SHAPE.exec(text);
  const [, epoch = '', digits = '', sum = ''] = match ?? [];
  const seq = Number(digits);
  if (!match || !isWhole(seq) || check(epoch, seq) !== sum) {
    throw new RangeError(
      `invalid cursor ${JSON.stringify(text.slice(0, 64))}: cut or altered; pass back unchanged what a frame's cursor held`,
    );
  }
  return { epoch, seq };
}

/** Every possible check. */
const CHECKS: readonly string[] = Array.from({ length: 36 ** 2 }, (_, i) => i.toString(36).padStart(2, '0'));

/**
 * Two check characters: they reveal a lost or changed character (1 in 1,296 errors goes unnoticed).
 */
function check(epoch: string, seq: number): string {
  let hash = fnv1a(epoch, (seq ^ (seq / 0x1_0000_0000)) | 0);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return CHECKS[((hash ^ (hash >>> 13)) >>> 0) % CHECKS.length] as string;
}
