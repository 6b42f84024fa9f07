/** The events and gaps of a reader as lines of JSON, in large pieces of bytes. */
import type { StreamCursor } from '../collector/stream-cursor.ts';
import type { GapFrame } from '../collector/frames.ts';
import type { Span } from '../collector/archive.ts';
import { JsonWriter } from './json-writer.ts';
import { stringify } from './json-text.ts';
import { writeEvent } from './ndjson-event.ts';

/** Bytes of a piece: at least this many, unless it is the last. */
const PIECE = 128 * 1024;
/** Events of one read. */
const READ = 1024;
const LINE_END = 0x0a;

/** A piece of lines. Its bytes are valid until the next piece is requested. */
export interface FrameBlock {
  readonly bytes: Buffer;
  /** Count of examined events so far. */
  readonly examined: number;
}

/**
 * Yields the lines of everything that the reader can read at once.
 *
 * @param frameOf makes the frame of a gap
 */
export function* frameBlocks(
  reader: Pick<StreamCursor, 'read' | 'position'>,
  epoch: string,
  frameOf: (gap: Span, epoch: string) => GapFrame,
): Generator<FrameBlock> {
  const out = new JsonWriter(2 * PIECE);
  const first = reader.position;
  for (let more = true; more;) {
    const { events, gap, more: goesOn } = reader.read(READ);
    for (const event of events) {
      writeEvent(out, event, epoch);
      out.byte(LINE_END);
    }
    if (gap !== undefined) out.text(`${stringify(frameOf(gap, epoch))}\n`);
    more = goesOn;
    if (out.length < PIECE && more) continue;
    yield { bytes: out.bytes.subarray(0, out.length), examined: reader.position - first };
    out.length = 0;
  }
}
