/** Frames: what a subscriber is told besides the events themselves. */
import type { EngineEvent, GapReason } from '../event.ts';
import type { Span } from './archive.ts';
import { formatCursor } from './cursor.ts';

/** The subscription is in effect. Without events yet, `oldest` and `newest` are where the stream begins. */
export interface ReadyFrame {
  readonly kind: 'ready';
  /** Cursors of the oldest and the newest event that can be had. */
  readonly oldest: string;
  readonly newest: string;
  /** The newest cursor that survives a crash, once there is a journal. */
  readonly durable?: string | undefined;
}

export interface EventFrame {
  readonly kind: 'event';
  readonly cursor: string;
  readonly event: EngineEvent;
}

/** All that was held when the subscription began has been delivered; what follows is live. */
export interface ReplayEndFrame {
  readonly kind: 'replay-end';
  readonly cursor: string;
}

/** Progress, although nothing matched: resuming from here misses nothing. */
export interface BookmarkFrame {
  readonly kind: 'bookmark';
  readonly cursor: string;
  readonly durable?: string | undefined;
}

/** Events that this reader can no longer have: both ends inclusive. */
export interface GapFrame {
  readonly kind: 'gap';
  readonly from: string;
  readonly to: string;
  /** How many numbers the gap spans: some may not have matched. */
  readonly count: number;
  readonly reason: GapReason;
}

/** The last frame. `complete`: `follow` was off and everything held has been delivered. */
export interface EndFrame {
  readonly kind: 'end';
  readonly reason: 'until' | 'complete' | 'shutdown' | 'error';
  readonly cursor: string;
  /** What went wrong, when the reason is `error`. */
  readonly message?: string | undefined;
}

export type Frame = ReadyFrame | EventFrame | ReplayEndFrame | BookmarkFrame | GapFrame | EndFrame;

/** The frame that tells one reader of a gap. */
export function gapFrame({ from, to, reason }: Span, epoch: string): GapFrame {
  return {
    kind: 'gap',
    from: formatCursor(epoch, from),
    to: formatCursor(epoch, to),
    count: to - from + 1,
    reason,
  };
}
