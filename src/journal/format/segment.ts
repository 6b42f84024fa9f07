/**
 * Segments, the files of a journal: a header, blocks, and an index of the chunks once it is full.
 */
import type { GapReason } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { parseWhole } from '../../whole-number.ts';

/** An indexed part of a segment. */
interface Stored {
  /** Offset of its blocks in the file, and their length: in bytes. */
  readonly offset: number;
  length: number;
  /** The first number that it covers, and the number after its last. */
  readonly first: number;
  next: number;
  /**
   * The lowest and highest time of its events; for a gap, the approximate times of the missing
   * events.
   */
  min: Instant;
  max: Instant;
}

/** A chunk of events. */
export interface ChunkEntry extends Stored {
  readonly kind: 'chunk';
  /** Start time of its newest block: ms since the Unix epoch. */
  recorded: number;
  /**
   * Bloom filter of its names, ids and sources (see `ChunkKeys`); undefined while the chunk grows,
   * and if the filter is in the chunk itself.
   */
  filter: Uint8Array | undefined;
  /** Bytes of the filter at the beginning of a chunk in columns: see `packed-chunk.ts`. */
  readonly ownFilter?: number | undefined;
}

/** A part of a file: in bytes. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** `left-out`: an import of the events around it left these out. */
export type EntryReason = GapReason | 'left-out';

/** Every reason of a gap on disk. */
export const ENTRY_REASONS: ReadonlySet<string> = new Set<EntryReason>([
  ...(['expired', 'overflow', 'epoch', 'crash', 'damaged', 'upstream', 'left-out'] as const),
]);

/** A range of numbers without events. */
export interface GapEntry extends Stored {
  readonly kind: 'gap';
  readonly reason: EntryReason;
}

export type Entry = ChunkEntry | GapEntry;

/** Content of a segment's header. */
export interface SegmentHeader {
  readonly epoch: string;
  readonly salt: number;
  /** Time of creation: ms since the Unix epoch. */
  readonly created: number;
}

export interface Segment extends SegmentHeader {
  readonly name: string;
  /** The lowest number that it can hold. */
  readonly first: number;
  /** In order of their numbers. */
  readonly entries: Entry[];
  /** Bytes of the file, including those that are not written yet. */
  size: number;
  /** True if it ends with its index: it then stays unchanged. */
  sealed: boolean;
  /** The copies of its dictionary, if its chunks are in columns. */
  readonly dictionaries?: readonly Place[] | undefined;
}

/**
 * The version of the format on disk. Since version 2, segments can be packed; since version 3 in
 * columns.
 */
export const FORMAT = 3;
/** Readable versions. */
export const FORMATS: ReadonlySet<unknown> = new Set([1, 2, FORMAT]);

/** Later than every time; the end of a gap whose times are unknown. */
export const EVER: Instant = 2n ** 63n - 1n;

const NAME = /^(\d{16})\.(?:segment|packed)$/;

/** The file name of the segment that begins with that number. */
export function segmentName(first: number): string {
  return `${String(first).padStart(16, '0')}.segment`;
}

/** The file name of the same segment once it is packed. */
export function packedName(first: number): string {
  return `${String(first).padStart(16, '0')}.packed`;
}

/** The first number of the segment with that file name; undefined for other files. */
export function numberIn(name: string): number | undefined {
  return parseWhole(NAME.exec(name)?.[1] ?? '');
}

/** The number after the last one that it covers. */
export function endOf({ entries, first }: Segment): number {
  return entries.at(-1)?.next ?? first;
}

/**
 * The latest time of its events, missing ones included; undefined if it has no events, or their
 * times are unknown.
 */
export function newestIn({ entries }: Segment): Instant | undefined {
  let newest: Instant | undefined;
  for (const entry of entries) {
    const { max } = entry;
    const counts = entry.kind === 'chunk' || (entry.reason !== 'left-out' && max < EVER);
    if (counts && (newest === undefined || max > newest)) newest = max;
  }
  return newest;
}
