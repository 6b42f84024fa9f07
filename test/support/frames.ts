/** Frames and their lines, as a daemon sends them. */
import { formatCursor } from '../../src/collector/cursor.ts';
import type { Frame } from '../../src/collector/frames.ts';
import { encodeFrame } from '../../src/encoders/ndjson.ts';
import type { IncomingEvent } from '../../src/event.ts';
import { event } from './events.ts';

/** The cursor of the event with that number. */
export const at = (seq: number): string => formatCursor('k3f', seq);

export const ready: Frame = { kind: 'ready', oldest: at(0), newest: at(0) };

export const eventFrame = (seq: number, parts: Partial<IncomingEvent> = {}): Frame => ({
  kind: 'event',
  cursor: at(seq),
  event: { ...event(parts), seq },
});

export const endFrame = (reason: 'until' | 'complete' | 'shutdown', seq = 0): Frame => ({
  kind: 'end',
  reason,
  cursor: at(seq),
});

export const lines = (...frames: Frame[]): string =>
  frames.map((frame) => `${encodeFrame(frame)}\n`).join('');
