/** The lines of the newest events in one format, so that each is encoded once whoever asks for it with what. */
import { JsonWriter } from '../../encoders/json-writer.ts';
import type { EngineEvent } from '../../event.ts';

/** Events whose lines are known, at most: a power of two. */
const KNOWN = 4096;

/** Bytes of lines after which all are forgotten. */
const LINES = 2 * 1024 * 1024;

/** Writes an event, the end of its line included. */
export type Encode = (event: EngineEvent, out: JsonWriter) => void;

/** Memory: 4 MiB. */
export class KnownLines {
  readonly #encode: Encode;
  #lines = new JsonWriter(0);
  /** By the event's number: which one, and where its line begins and ends. */
  readonly #events: (EngineEvent | undefined)[] = Array.from({ length: KNOWN }, () => undefined);
  readonly #starts = new Float64Array(KNOWN);
  readonly #ends = new Float64Array(KNOWN);
  /** Begin and end of lines that come one after the other, in turn: mostly all of them do. */
  #runs: number[] = [];

  constructor(encode: Encode) {
    this.#encode = encode;
  }

  /** Finds or makes the lines of events, for {@link copy}; returns how many bytes they come to. */
  find(events: readonly EngineEvent[]): number {
    if (this.#lines.length > LINES) this.#forget();
    const runs: number[] = [];
    let [length, end] = [0, -1];
    for (const event of events) {
      const slot = this.#slotOf(event);
      const start = this.#starts[slot] as number;
      if (start !== end) runs.push(start, start);
      end = this.#ends[slot] as number;
      runs[runs.length - 1] = end;
      length += end - start;
    }
    this.#runs = runs;
    return length;
  }

  /** Copies the lines that were found last. */
  copy(target: Buffer, at: number): void {
    const runs = this.#runs;
    for (let i = 0; i < runs.length; i += 2) at += this.#lines.bytes.copy(target, at, runs[i], runs[i + 1]);
  }

  /** The slot that says where the event's line is. */
  #slotOf(event: EngineEvent): number {
    const slot = event.seq & (KNOWN - 1);
    if (this.#events[slot] === event) return slot;
    const lines = this.#lines;
    const start = lines.length;
    this.#encode(event, lines);
    this.#events[slot] = event;
    this.#starts[slot] = start;
    this.#ends[slot] = lines.length;
    return slot;
  }

  #forget(): void {
    // What had to grow for lines out of the common does not stay.
    if (this.#lines.bytes.length > 2 * LINES) this.#lines = new JsonWriter(0);
    this.#lines.length = 0;
    this.#events.fill(undefined);
  }
}
