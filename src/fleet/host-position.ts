/** The place of a reader in the stream of one host. */
import { closeSync, fdatasyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { parseCursor } from '../collector/cursor.ts';
import { isWhole } from '../whole-number.ts';

export interface HostPosition {
  /** The number of the last message that was read, in the stream. */
  readonly seq: number;
  /** Its cursor: the identity of the event on its host. */
  readonly cursor: string;
  /** The time at which the stream stored it: ms since the Unix epoch; undefined if it is not known. */
  readonly at?: number | undefined;
}

/** The attribute of an event that was read from a fleet: its position as a text. */
export const POSITION = 'hostPosition';

/** The text of a position, as the attribute `hostPosition` holds it. */
export function formatPosition({ seq, cursor }: HostPosition): string {
  return `${seq} ${cursor}`;
}

/** Reverses {@link formatPosition}; undefined if the text is invalid. */
export function parsePosition(text: string | undefined): HostPosition | undefined {
  const [digits = '', cursor = ''] = (text ?? '').split(' ');
  return checkPosition({ seq: Number(digits), cursor });
}

/** A position from outside; undefined if it is invalid. */
export function checkPosition(value: unknown): HostPosition | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { seq, cursor, at } = value as Partial<HostPosition>;
  if (!isWhole(seq, 1) || typeof cursor !== 'string' || !(at === undefined || isWhole(at))) return undefined;
  try {
    parseCursor(cursor);
  } catch {
    return undefined;
  }
  return { seq, cursor, ...(at === undefined ? {} : { at }) };
}

/** Longest file of positions: in bytes. */
const LARGEST = 64 * 2 ** 20;

/** Positions of hosts in a file. */
export interface WrittenPositions {
  readonly positions: ReadonlyMap<string, HostPosition>;
  /** The cursor of a journal that they belong to, if any. */
  readonly cursor: string | undefined;
}

/**
 * Reads a file of positions; undefined if it does not exist.
 *
 * @throws RangeError if it is damaged; errors of the system other than ENOENT unchanged
 */
export function readPositions(path: string): WrittenPositions | undefined {
  let text: string;
  try {
    const bytes = readFileSync(path);
    if (bytes.length > LARGEST) throw new RangeError(`${path} is larger than ${LARGEST} bytes`);
    text = bytes.toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const wrong = new RangeError(
    `${path} does not hold positions of a fleet: right would be a file that tidings wrote, or a new path`,
  );
  let found: { readonly hosts?: unknown; readonly cursor?: unknown };
  try {
    found = (JSON.parse(text) ?? {}) as typeof found;
  } catch {
    throw wrong;
  }
  const { hosts, cursor } = found;
  if (typeof hosts !== 'object' || hosts === null || !(cursor === undefined || typeof cursor === 'string'))
    throw wrong;
  const positions = new Map<string, HostPosition>();
  for (const [host, value] of Object.entries(hosts)) {
    const position = checkPosition(value);
    if (position === undefined) throw wrong;
    positions.set(host, position);
  }
  return { positions, cursor };
}

/**
 * Writes a file of positions as a whole: a write that is cut leaves the file before.
 *
 * @throws Error of the system
 */
export function writePositions(
  path: string,
  positions: ReadonlyMap<string, HostPosition>,
  cursor?: string,
): void {
  const hosts = Object.fromEntries(positions);
  const text = `${JSON.stringify({ ...(cursor === undefined ? {} : { cursor }), hosts })}\n`;
  const draft = `${path}.new`;
  const fd = openSync(draft, 'w', 0o600);
  try {
    writeSync(fd, text);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
}
