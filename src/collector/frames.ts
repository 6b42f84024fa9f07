/** Frames: the events of a subscription, and messages about its progress. */
import type { EngineEvent, GapReason } from '../event.ts';
import type { Span } from './archive.ts';
import { formatCursor } from './cursor.ts';

/**
 * The subscription is in effect. Before the first event, `oldest` and `newest` are the start of the
 * stream.
 */
export interface ReadyFrame {
  readonly kind: 'ready';
  /** Cursors of the oldest and the newest readable event. */
  readonly oldest: string;
  readonly newest: string;
  /** The newest cursor that survives a crash; absent without a journal. */
  readonly durable?: string | undefined;
}

/** An event and its cursor. */
export interface EventFrame {
  readonly kind: 'event';
  readonly cursor: string;
  readonly event: EngineEvent;
}

/** End of the replay of all events held when the subscription began; later events are live. */
export interface ReplayEndFrame {
  readonly kind: 'replay-end';
  readonly cursor: string;
}

/** Progress without a matching event: resuming from here misses nothing. */
export interface BookmarkFrame {
  readonly kind: 'bookmark';
  readonly cursor: string;
  readonly durable?: string | undefined;
}

/** Events that this reader can no longer receive: both ends inclusive. */
export interface GapFrame {
  readonly kind: 'gap';
  readonly from: string;
  readonly to: string;
  /** Count of numbers in the gap; some may not have matched. */
  readonly count: number;
  readonly reason: GapReason;
}

/** The last frame. `complete`: `follow` was false and all held events have been delivered. */
export interface EndFrame {
  readonly kind: 'end';
  readonly reason: 'until' | 'complete' | 'shutdown' | 'error';
  readonly cursor: string;
  /** The error, if the reason is `error`. */
  readonly message?: string | undefined;
}

/** One message to a subscriber. */
export type Frame = ReadyFrame | EventFrame | ReplayEndFrame | BookmarkFrame | GapFrame | EndFrame;

/** A run of event frames, at least one. Servers encode it as a whole. */
interface EventRun {
  readonly kind: 'events';
  readonly events: readonly EngineEvent[];
}

/** A piece of the stream as it is delivered: a frame, or a run of event frames. */
export type Batch = EventRun | Exclude<Frame, EventFrame>;

/** Makes the frame of a gap. */
export function gapFrame({ from, to, reason }: Span, epoch: string): GapFrame {
  return {
    kind: 'gap',
    from: formatCursor(epoch, from),
    to: formatCursor(epoch, to),
    count: to - from + 1,
    reason,
  };
}
