/** What the collector asks of a history behind its ring; the journal is one. */
import type { EngineEvent, GapReason } from '../event.ts';
import type { Instant } from '../instant.ts';

/** Numbers that no event can be had for, both ends inclusive; `to` is `from` - 1 when there are none. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly reason: GapReason;
}

/** Part of the history. */
export interface Stretch {
  /** In order of `seq`. */
  readonly events: readonly EngineEvent[];
  /** Where to go on: every event before it was given, skipped as outside the window, or is in `gap`. */
  readonly next: number;
  /** Numbers that come after `events`, before `next`, and are gone. */
  readonly gap?: Span | undefined;
}

/** Which part of the history is wanted: only what cannot match may be left out. */
export interface Window {
  readonly since?: Instant | undefined;
  readonly until?: Instant | undefined;
  /**
   * What everything wanted is about: names, ids, or 12 and more digits of ids. A read ends behind events with a rename,
   * so that one can ask for more from there on.
   */
  readonly about?: readonly string[] | undefined;
}

/** Reads synchronously: a store that maps its file into memory answers in microseconds. */
export interface Archive {
  /** The number of the oldest event that can be read, or where the next one would be when there is none. */
  readonly oldest: number;
  /** The newest time among events that have expired; undefined when none has. */
  readonly forgotten: Instant | undefined;
  /** The number of the newest event that survives a crash; 0 when none. */
  readonly durable: number;
  /**
   * Called when events have got their numbers, and before any subscriber gets them: an archive can take them
   * now, so that a crash loses nothing that a subscriber has had. Must not throw.
   */
  readonly record?: (() => void) | undefined;
  /** Reads from `from`, up to but without `to`, about `limit` events (a block more at most). */
  read(from: number, to: number, limit: number, window: Window): Stretch;
}
