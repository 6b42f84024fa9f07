/** Frames as NDJSON and as server-sent events. */
import type { Frame } from '../../collector/frames.ts';
import { writeCursor } from '../../collector/cursor.ts';
import { encodeFrame } from '../../encoders/ndjson.ts';
import { writeEvent } from '../../encoders/ndjson-event.ts';
import type { ServerContext } from '../context.ts';
import { chunks } from '../http/http-stream.ts';
import { Blocks } from '../stream/blocks.ts';

type FormatContext = Pick<ServerContext, 'collector' | 'subscriptions'>;

export type PlainFrame = Exclude<Frame, { kind: 'event' }>;

/** Encoding of frames. */
export interface Format {
  readonly contentType: string;
  /** Text before all frames. */
  readonly preamble: string;
  /** Events as shared chunks. */
  readonly blocks: Blocks;
  frame(frame: PlainFrame): string;
}

export function ndjson({ collector: { epoch }, subscriptions: { share } }: FormatContext): Format {
  return {
    contentType: 'application/x-ndjson',
    preamble: '',
    blocks: new Blocks(
      (event, out) => {
        writeEvent(out, event, epoch);
        out.ascii('\n');
      },
      chunks,
      share,
    ),
    frame: (frame) => `${encodeFrame(frame)}\n`,
  };
}

/** Delay before a browser reconnects: in ms. */
const RETRY = 1000;

/**
 * Events are messages; other frames are SSE events of their kind. The `id` is the cursor: an
 * `EventSource` that reconnects continues from it.
 */
export function sse({ collector: { epoch }, subscriptions: { share } }: FormatContext): Format {
  return {
    contentType: 'text/event-stream; charset=utf-8',
    preamble: `retry: ${RETRY}\n\n`,
    blocks: new Blocks(
      (event, out) => {
        out.ascii('id: ');
        writeCursor(out, epoch, event.seq);
        out.ascii('\ndata: ');
        writeEvent(out, event, epoch);
        out.ascii('\n\n');
      },
      chunks,
      share,
    ),
    frame: (frame) => {
      const cursor = cursorOf(frame);
      const id = cursor === undefined ? '' : `id: ${cursor}\n`;
      return `${id}event: ${frame.kind}\ndata: ${encodeFrame(frame)}\n\n`;
    },
  };
}

/** The cursor to continue from after the frame. */
function cursorOf(frame: PlainFrame): string | undefined {
  if (frame.kind === 'ready') return undefined;
  return frame.kind === 'gap' ? frame.to : frame.cursor;
}
