/** Segments: the files of a journal. A header, blocks, and once it is full an index of its chunks. */
import type { GapReason } from '../../event.ts';
import type { Instant } from '../../instant.ts';

/** Something in a segment that can be looked up. */
interface Stored {
  /** Where its blocks begin in the file, and how long they are: in bytes. */
  readonly offset: number;
  length: number;
  /** The first number that it stands for, and the one after its last. */
  readonly first: number;
  next: number;
  /** The lowest and highest time of its events; for a gap, about when they happened. */
  min: Instant;
  max: Instant;
}

/** A chunk of events. */
export interface ChunkEntry extends Stored {
  readonly kind: 'chunk';
  /** When its newest block was begun: ms since the Unix epoch. */
  recorded: number;
  /** What its events are about (see `ChunkKeys`); undefined while it grows: anything. */
  filter: Uint8Array | undefined;
}

/** `left-out`: an import of the events around it left these out. */
export type EntryReason = GapReason | 'left-out';

/** Every reason that a gap on disk can have. */
export const ENTRY_REASONS: ReadonlySet<string> = new Set<EntryReason>([
  ...(['expired', 'overflow', 'epoch', 'crash', 'damaged', 'upstream', 'left-out'] as const),
]);

/** Numbers that no event is to be had for. */
export interface GapEntry extends Stored {
  readonly kind: 'gap';
  readonly reason: EntryReason;
}

export type Entry = ChunkEntry | GapEntry;

/** What a segment's header says. */
export interface SegmentHeader {
  readonly epoch: string;
  readonly salt: number;
  /** When it was begun: ms since the Unix epoch. */
  readonly created: number;
}

export interface Segment extends SegmentHeader {
  readonly name: string;
  /** The first number that it can hold. */
  readonly first: number;
  /** In order of their numbers. */
  readonly entries: Entry[];
  /** Bytes of the file, those included that are still to be written. */
  size: number;
  /** Whether it ends with its index: then nothing is added any more. */
  sealed: boolean;
}

/** The version of all that is on disk. 2: segments can be packed. */
export const FORMAT = 2;
/** Versions that can be read. */
export const FORMATS: ReadonlySet<unknown> = new Set([1, FORMAT]);

const NAME = /^(\d{16})\.(?:segment|packed)$/;
const EPOCH = /^[0-9a-z]{1,16}$/;

/** Tests for the name of a numbering, as cursors hold it. */
export function isEpoch(value: unknown): value is string {
  return typeof value === 'string' && EPOCH.test(value);
}

/** The name of the segment that begins with that number. */
export function segmentName(first: number): string {
  return `${String(first).padStart(16, '0')}.segment`;
}

/** The name of the same segment once it is packed. */
export function packedName(first: number): string {
  return `${String(first).padStart(16, '0')}.packed`;
}

/** The number that a segment of that name begins with; undefined for other files. */
export function numberIn(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The number after the last one that it stands for. */
export function endOf({ entries, first }: Segment): number {
  return entries.at(-1)?.next ?? first;
}

/** The latest time of its events; undefined when there are none. */
export function newestIn({ entries }: Segment): Instant | undefined {
  let newest: Instant | undefined;
  for (const { kind, max } of entries) {
    if (kind === 'chunk' && (newest === undefined || max > newest)) newest = max;
  }
  return newest;
}
