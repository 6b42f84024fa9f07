/** A piece of the stream, as a cursor reads it. */
import type { EngineEvent } from '../event.ts';
import type { Span } from './archive.ts';

/** What a move of a cursor found. */
export interface Chunk {
  /** Events in order: those that match, or all if the cursor does not select. */
  readonly events: readonly EngineEvent[];
  /** What comes after them and can no longer be had. */
  readonly gap?: Span | undefined;
  /** There may be more at once; otherwise the cursor's `wait` tells when, unless the cursor has ended. */
  readonly more: boolean;
  /** Whether the events came from the archive rather than from memory. */
  readonly archived: boolean;
  /** Events that were looked at, while the cursor searches for where to begin; otherwise its position tells. */
  readonly looked?: number | undefined;
}
