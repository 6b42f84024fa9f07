/**
 * The numbers of a journal: the name of their numbering, and up to where they may have been given out. Events are handed on
 * live before they are on disk; so numbers are reserved ahead, and after a crash the stream goes on past the reservation.
 * Written in place, two copies in turn: it can be written also when the disk is full, and one of them is always whole.
 */
import { crc32 } from 'node:zlib';
import type { Instant } from '../../instant.ts';
import type { Store } from './store.ts';

const NAME = 'numbers';
const SLOT = 512;

export interface Numbers {
  readonly format: number;
  /** See `CollectorOptions.epoch`. */
  readonly epoch: string;
  /** What checksums begin from: a 32-bit number that nobody else knows. */
  readonly salt: number;
  /** No number from here on was given out. */
  readonly reserved: number;
  /** Every number below was settled when this was written: on disk, or known to be gone. */
  readonly settled: number;
  /** Whether the journal was closed in order: then no number was given out that is not settled. */
  readonly clean: boolean;
  /** The latest time among events that have expired. */
  readonly forgotten?: Instant | undefined;
}

/** How often it has been written. */
export interface Saved {
  readonly numbers: Numbers;
  readonly version: number;
}

/** Reads the newer of the copies that are whole; undefined when there is none. */
export function readNumbers(store: Store): Saved | undefined {
  const bytes = store.read(NAME, 0, 2 * SLOT) ?? Buffer.alloc(0);
  const copies = [readSlot(bytes.subarray(0, SLOT)), readSlot(bytes.subarray(SLOT))];
  return copies.reduce(
    (best, copy) => (copy && copy.version > (best?.version ?? -1) ? copy : best),
    undefined,
  );
}

/** Writes it in place of the older copy. */
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
  const { version, forgotten, ...rest } = JSON.parse(bytes.toString('latin1', 8));
  const numbers = { ...rest, forgotten: forgotten === undefined ? undefined : BigInt(forgotten) };
  return { version, numbers };
}
