/** Frames as NDJSON, as NDJSON with packed events, and as server-sent events. */
import type { Frame } from '../../collector/frames.ts';
import { writeCursor } from '../../collector/cursor.ts';
import { JsonWriter } from '../../encoders/json-writer.ts';
import { encodeFrame } from '../../encoders/ndjson.ts';
import { writeEvent } from '../../encoders/ndjson-event.ts';
import { Packer } from '../../encoders/packed.ts';
import type { EngineEvent } from '../../event.ts';
import type { ServerContext } from '../context.ts';
import { chunks, type Lender } from '../http/http-stream.ts';
import { Blocks } from '../stream/blocks.ts';

type FormatContext = Pick<ServerContext, 'collector' | 'subscriptions'>;

export type PlainFrame = Exclude<Frame, { kind: 'event' }>;

/** Encoding of frames. */
export interface Format {
  readonly contentType: string;
  /** Text before all frames. */
  readonly preamble: string;
  /** Events as chunks, for one stream. */
  blocks(): Lender;
  frame(frame: PlainFrame): string;
}

export function ndjson({ collector: { epoch }, subscriptions: { share } }: FormatContext): Format {
  const shared = new Blocks(
    (event, out) => {
      writeEvent(out, event, epoch);
      out.ascii('\n');
    },
    chunks,
    share,
  );
  return {
    contentType: 'application/x-ndjson',
    preamble: '',
    blocks: () => shared,
    frame: (frame) => `${encodeFrame(frame)}\n`,
  };
}

/** NDJSON whose events are packed: see {@link Packer}. */
export function packed({ collector: { epoch } }: FormatContext): Format {
  const dictionaries = new Set<Packer>();
  return {
    contentType: PACKED,
    preamble: '',
    blocks: () => new PackedBlocks(epoch, dictionaries),
    frame: (frame) => `${encodeFrame(frame)}\n`,
  };
}

/** The media type of packed events. */
export const PACKED = 'application/vnd.tidings.packed';

/** Most dictionaries that are held, of the streams that were written last: about 3 MB each. */
const MOST_DICTIONARIES = 8;

/** Chunks of packed events. Few readers request them, so they are not shared. */
class PackedBlocks implements Lender {
  readonly #epoch: string;
  readonly #packer = new Packer();
  readonly #dictionaries: Set<Packer>;
  #out = new JsonWriter(0);

  constructor(epoch: string, dictionaries: Set<Packer>) {
    this.#epoch = epoch;
    this.#dictionaries = dictionaries;
  }

  lend(events: readonly EngineEvent[], take: (bytes: Buffer) => boolean): void {
    const out = this.#out;
    const { head, tail } = chunks;
    out.length = 0;
    out.room(head);
    out.length = head;
    this.#packer.write(out, events, this.#epoch);
    this.#hold();
    out.room(tail);
    const bytes = out.bytes.subarray(0, out.length + tail);
    chunks.write(bytes);
    if (take(bytes)) this.#out = new JsonWriter(0);
  }

  /** Bounds the memory of all streams: the least recently written one begins a new dictionary. */
  #hold(): void {
    const [packer, dictionaries] = [this.#packer, this.#dictionaries];
    dictionaries.delete(packer);
    dictionaries.add(packer);
    if (dictionaries.size <= MOST_DICTIONARIES) return;
    const [oldest] = dictionaries;
    if (oldest === undefined) return;
    oldest.forget();
    dictionaries.delete(oldest);
  }
}

/** Delay before a browser reconnects: in ms. */
const RETRY = 1000;

/**
 * Events are messages; other frames are SSE events of their kind. The `id` is the cursor: an
 * `EventSource` that reconnects continues from it.
 */
export function sse({ collector: { epoch }, subscriptions: { share } }: FormatContext): Format {
  const shared = new Blocks(
    (event, out) => {
      out.ascii('id: ');
      writeCursor(out, epoch, event.seq);
      out.ascii('\ndata: ');
      writeEvent(out, event, epoch);
      out.ascii('\n\n');
    },
    chunks,
    share,
  );
  return {
    contentType: 'text/event-stream; charset=utf-8',
    preamble: `retry: ${RETRY}\n\n`,
    blocks: () => shared,
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
