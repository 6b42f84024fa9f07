/** Cursors: where a reader is in one stream, as a short opaque text. */

/** What a cursor says. */
export interface Position {
  /** Which stream: a few characters of `[0-9a-z]`, new whenever numbering starts over. */
  readonly epoch: string;
  /** The last event that the reader has had; 0 before the first. */
  readonly seq: number;
}

const SHAPE = /^([0-9a-z]{1,16}):(\d{1,16})\.([0-9a-z]{2})$/;

/** A new name of a numbering: milliseconds in base 36, and some chance: short, and not used twice on one host. */
export function newEpoch(): string {
  const chance = Math.floor(Math.random() * 36 ** 2);
  return Date.now().toString(36) + chance.toString(36).padStart(2, '0');
}

/** The text of a cursor: `epoch:seq.check`. Opaque to clients: compared for equality only. */
export function formatCursor(epoch: string, seq: number): string {
  return `${epoch}:${seq}.${check(epoch, seq)}`;
}

/** Where a text can be put piece by piece. */
export interface Pieces {
  /** A text of nothing but ASCII. */
  ascii(text: string): void;
  /** A whole number from 0 to 2^53 - 1. */
  decimal(value: number): void;
}

/** Writes what {@link formatCursor} gives. */
export function writeCursor(out: Pieces, epoch: string, seq: number): void {
  out.ascii(epoch);
  out.ascii(':');
  out.decimal(seq);
  out.ascii('.');
  out.ascii(check(epoch, seq));
}

/**
 * Reads what {@link formatCursor} wrote.
 *
 * @throws RangeError when the text is no cursor, or was cut or altered on the way.
 */
export function parseCursor(text: string): Position {
  const match = SHAPE.exec(text);
  const [, epoch = '', digits = '', sum = ''] = match ?? [];
  const seq = Number(digits);
  if (!match || !Number.isSafeInteger(seq) || check(epoch, seq) !== sum) {
    throw new RangeError(
      `invalid cursor ${JSON.stringify(text.slice(0, 64))}: cut or altered; pass back unchanged what a frame's cursor held`,
    );
  }
  return { epoch, seq };
}

/** All that the check can be. */
const CHECKS: readonly string[] = Array.from({ length: 36 ** 2 }, (_, i) => i.toString(36).padStart(2, '0'));

/** Two characters that tell a cursor which lost or changed one from a real one (1 in 1,296 slips through). */
function check(epoch: string, seq: number): string {
  let hash = (seq ^ (seq / 0x1_0000_0000)) | 0;
  for (let i = 0; i < epoch.length; i++) hash = Math.imul(hash ^ epoch.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return CHECKS[((hash ^ (hash >>> 13)) >>> 0) % CHECKS.length] as string;
}
