/** Pieces of the stream, and the interface of a history behind the ring; the journal implements it. */
import type { EngineEvent, GapReason } from '../event.ts';
import type { Instant } from '../instant.ts';

/**
 * Numbers without a readable event, both ends inclusive; `to` is `from` - 1 if there are no such
 * numbers.
 */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly reason: GapReason;
}

/** Result of a read. */
export interface Stretch {
  /** In order of `seq`. */
  readonly events: readonly EngineEvent[];
  /**
   * Start of the next read: every event before it was returned, skipped as outside the window, or
   * is in `gap`.
   */
  readonly next: number;
  /** Missing numbers after `events`, before `next`. */
  readonly gap?: Span | undefined;
}

/** Result of one step of a cursor. */
export interface Chunk {
  /** Events in order: the matching ones, or all if the cursor does not select. */
  readonly events: readonly EngineEvent[];
  /** The gap after them. */
  readonly gap?: Span | undefined;
  /**
   * True if more may be readable at once. Otherwise the cursor's `wait` calls back, unless the
   * cursor has ended.
   */
  readonly more: boolean;
  /** True if the events came from the archive rather than from memory. */
  readonly archived: boolean;
  /**
   * Count of examined events while the cursor searches its start; afterwards its position gives the
   * count.
   */
  readonly looked?: number | undefined;
}

/** The wanted part of the history. A read may leave out only events that cannot match. */
export interface Window {
  readonly since?: Instant | undefined;
  readonly until?: Instant | undefined;
  /**
   * Names, ids, or id prefixes of 12 and more digits that every wanted event has. A read ends after
   * events with a rename, so that the caller can extend the list for the next read.
   */
  readonly names?: readonly string[] | undefined;
  /** True to end a read after an event with a rename, as `names` does. */
  readonly endsAtRename?: boolean | undefined;
  /** Conditions that an index can answer; every wanted event meets all of them. */
  readonly having?: readonly Having[] | undefined;
  /**
   * Tests an event: others are not wanted. It depends on the event alone, and must not throw. The
   * same function means the same test: an archive may remember its results.
   */
  readonly matches?: ((event: EngineEvent) => boolean) | undefined;
}

/** An action, or an attribute as `KEY=VALUE`, of which every wanted event has at least one. */
export interface Having {
  readonly field: 'action' | 'attribute';
  readonly values: readonly string[];
}

/** Reads synchronously: a store with its file mapped into memory answers in microseconds. */
export interface Archive {
  /** The number of the oldest readable event, or of the next event if the archive is empty. */
  readonly oldest: number;
  /** The newest time among expired events; undefined before the first expiry. */
  readonly forgotten: Instant | undefined;
  /** The number of the newest event that survives a crash; 0 if there is no such event. */
  readonly durable: number;
  /**
   * Called with the number after some new events, before any subscriber gets them: an archive that
   * notes it knows after a crash how many are missing, and gives no number twice. Must not throw.
   */
  readonly mark?: ((head: number) => void) | undefined;
  /**
   * Called after subscribers got some new events: an archive can take them now, so that hardly any
   * are missing after a crash. Must not throw.
   */
  readonly record?: (() => void) | undefined;
  /** Reads from `from`, up to but without `to`, about `limit` events (at most a block more). */
  read(from: number, to: number, limit: number, window: Window): Stretch;
}
