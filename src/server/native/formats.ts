/** Frames as NDJSON and as server-sent events. */
import type { Collector } from '../../collector/collector.ts';
import type { Frame } from '../../collector/frames.ts';
import { writeCursor } from '../../collector/cursor.ts';
import { encodeFrame } from '../../encoders/ndjson.ts';
import { writeEvent } from '../../encoders/ndjson-event.ts';
import { chunks } from '../http/stream.ts';
import { Blocks } from '../stream/blocks.ts';

type PlainFrame = Exclude<Frame, { kind: 'event' }>;

/** How frames look on the wire. */
export interface Format {
  readonly contentType: string;
  /** What comes before all else. */
  readonly preamble: string;
  /** Events as chunks that are shared. */
  readonly blocks: Blocks;
  frame(frame: PlainFrame): string;
}

export function ndjson({ epoch }: Collector): Format {
  return {
    contentType: 'application/x-ndjson',
    preamble: '',
    blocks: new Blocks((event, out) => {
      writeEvent(out, event, epoch);
      out.ascii('\n');
    }, chunks),
    frame: (frame) => `${encodeFrame(frame)}\n`,
  };
}

/** How soon a browser connects again: in ms. */
const RETRY = 1000;

/**
 * Events come as messages, the other frames as events of their kind. The `id` is the cursor, so that an `EventSource`
 * which connects again goes on where it was.
 */
export function sse({ epoch }: Collector): Format {
  return {
    contentType: 'text/event-stream; charset=utf-8',
    preamble: `retry: ${RETRY}\n\n`,
    blocks: new Blocks((event, out) => {
      out.ascii('id: ');
      writeCursor(out, epoch, event.seq);
      out.ascii('\ndata: ');
      writeEvent(out, event, epoch);
      out.ascii('\n\n');
    }, chunks),
    frame: (frame) => {
      const cursor = cursorOf(frame);
      const id = cursor === undefined ? '' : `id: ${cursor}\n`;
      return `${id}event: ${frame.kind}\ndata: ${encodeFrame(frame)}\n\n`;
    },
  };
}

/** Where to go on after the frame. */
function cursorOf(frame: PlainFrame): string | undefined {
  if (frame.kind === 'ready') return undefined;
  return frame.kind === 'gap' ? frame.to : frame.cursor;
}
