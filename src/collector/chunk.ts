/** A piece of the stream, read by a cursor. */
import type { EngineEvent } from '../event.ts';
import type { Span } from './archive.ts';

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
   * Count of examined events while the cursor searches its start; afterwards its position tells.
   */
  readonly looked?: number | undefined;
}
