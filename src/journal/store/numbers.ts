/**
 * The numbers of a journal: the name of their numbering, and how many may have been given out.
 * Events are delivered before they are durable. So numbers are reserved ahead, and after a power
 * cut the stream continues past the reservation. If only the process ended, the system still has
 * all events that were put: the next number is then exact.
 *
 * The file is written in place, two copies in turn: one copy is always whole, and a full disk does
 * no harm. The mark follows: the highest number of an event that was delivered without being put.
 */
import { crc32 } from 'node:zlib';
import type { Instant } from '../../instant.ts';
import { instantOf, isEpoch, isInstantText, isSalt } from '../format/ranges.ts';
import { FORMATS } from '../format/segment.ts';
import type { Piece, Store } from './store.ts';
import { isWhole } from '../../whole-number.ts';

const NAME = 'numbers';
const SLOT = 512;
/** Count of remembered earlier numberings: their names fit into a slot beside the other fields. */
export const EARLIER = 8;
/** Longest identity of a boot: in characters. */
const LONGEST_BOOT = 64;
/** The mark: a number and its checksum, in a slot of its own. */
const MARK = 2 * SLOT;
const MARK_LENGTH = 12;

export interface Numbers {
  readonly format: number;
  /** See `CollectorOptions.epoch`. */
  readonly epoch: string;
  /** Start value of checksums: a secret 32-bit number. */
  readonly salt: number;
  /** The number after all that may have been given out. */
  readonly reserved: number;
  /** Every number below was settled at the time of this write: on disk, or known to be gone. */
  readonly settled: number;
  /**
   * The number of the oldest event that has not expired: lower numbers are not missed. Undefined in
   * journals of older versions.
   */
  readonly oldest?: number | undefined;
  /** True if the journal was closed in order: every number that was given out is then settled. */
  readonly clean: boolean;
  /** Earlier numberings in the same journal, whose numbers are lower. */
  readonly earlier?: readonly string[] | undefined;
  /** The system's boot at the time of opening: see `Store.boot`. */
  readonly boot?: string | undefined;
  /** The latest time among expired events. */
  readonly forgotten?: Instant | undefined;
}

export interface Saved {
  readonly numbers: Numbers;
  /** Counts the writes. */
  readonly version: number;
  /** True if the other copy is damaged: it may have been the newer one. */
  readonly isOld?: boolean;
}

/** The numbers as they were found. */
export interface Found extends Saved {
  readonly isOld: boolean;
}

/** Reads the newer of the whole copies; undefined if no copy is whole. */
export function readNumbers(store: Store): Found | undefined {
  const bytes = store.read(NAME, 0, 2 * SLOT) ?? Buffer.alloc(0);
  const slots = [bytes.subarray(0, SLOT), bytes.subarray(SLOT)];
  const copies = slots.map(readSlot);
  const newest = copies.reduce(
    (best, copy) => (copy && copy.version > (best?.version ?? -1) ? copy : best),
    undefined,
  );
  const isOld = slots.some((slot, i) => copies[i] === undefined && !isUnused(slot));
  return newest && { ...newest, isOld };
}

/** Tests for a slot that was never written: the first write goes to the second one. */
function isUnused(slot: Buffer): boolean {
  return slot.length === SLOT && slot.every((byte) => byte === 0);
}

/** Reads the mark: 0 before the first one, undefined if it is damaged. */
export function readMark(store: Store): number | undefined {
  const bytes = store.read(NAME, MARK, MARK_LENGTH) ?? Buffer.alloc(0);
  if (bytes.length === 0) return 0;
  if (bytes.length < MARK_LENGTH || bytes.readUInt32LE(8) !== crc32(bytes.subarray(0, 8))) return undefined;
  const mark = bytes.readDoubleLE(0);
  return isWhole(mark) ? mark : undefined;
}

/** The bytes of the mark. */
export function markPiece(mark: number): Piece {
  const bytes = Buffer.alloc(MARK_LENGTH);
  bytes.writeDoubleLE(mark, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 8)), 8);
  return { name: NAME, offset: MARK, bytes };
}

/** Writes the numbers in place of the older copy. */
export async function writeNumbers(store: Store, { numbers, version }: Saved): Promise<void> {
  const { forgotten, ...rest } = numbers;
  const text = JSON.stringify({
    version,
    ...rest,
    forgotten: forgotten === undefined ? undefined : String(forgotten),
  });
  const bytes = Buffer.alloc(SLOT, ' ');
  bytes.write(text, 8, 'latin1');
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 0);
  await store.write([{ name: NAME, offset: (version % 2) * SLOT, bytes }]);
}

function readSlot(bytes: Buffer): Saved | undefined {
  if (bytes.length < SLOT || bytes.readUInt32LE(0) !== crc32(bytes.subarray(8))) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('latin1', 8));
    return isObject(value) && isWhole(value['version']) && isWhole(value['version'] + 1)
      ? readFields(value, value['version'])
      : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Each field of a known format. */
const FIELDS: Readonly<Record<keyof Numbers, (value: unknown) => boolean>> = {
  format: isWhole,
  epoch: isEpoch,
  salt: isSalt,
  reserved: isWhole,
  settled: isWhole,
  oldest: optional(isWhole),
  clean: (value) => typeof value === 'boolean',
  earlier: optional((value) => Array.isArray(value) && value.length <= EARLIER && value.every(isEpoch)),
  boot: optional((value) => typeof value === 'string' && value.length <= LONGEST_BOOT),
  forgotten: optional(isInstantText),
};

function optional(is: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => value === undefined || is(value);
}

/** Takes the fields of a known format, and no others; another format may hold anything. */
function readFields(value: Readonly<Record<string, unknown>>, version: number): Saved | undefined {
  const { format } = value;
  if (!isWhole(format)) return undefined;
  if (!FORMATS.has(format)) return { version, numbers: { ...UNKNOWN, format } };
  const entries = Object.entries(FIELDS);
  if (!entries.every(([name, is]) => is(value[name]))) return undefined;
  const fields = Object.fromEntries(entries.map(([name]) => [name, value[name]])) as unknown as Numbers;
  const { forgotten } = value;
  return {
    version,
    numbers: { ...fields, forgotten: forgotten === undefined ? undefined : instantOf(forgotten) },
  };
}

/** Stands for the fields of another format. */
const UNKNOWN: Omit<Numbers, 'format'> = { epoch: '', salt: 0, reserved: 1, settled: 1, clean: false };
