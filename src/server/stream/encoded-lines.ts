/** The lines of the newest events in one format: each event is encoded once for all readers. */
import { JsonWriter } from '../../encoders/json-writer.ts';
import type { EngineEvent } from '../../event.ts';

/** Most events whose lines are kept: a power of two. */
const SLOTS = 4096;

/** Bytes of lines after which all are dropped. */
const LINES = 2 * 1024 * 1024;

/** Writes an event as a line, including the line end. */
export type Encode = (event: EngineEvent, out: JsonWriter) => void;

/** Memory: 4 MiB. */
export class EncodedLines {
  readonly #encode: Encode;
  #lines = new JsonWriter(0);
  /** By the event's number: the event, and the start and end of its line. */
  readonly #events: (EngineEvent | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  readonly #starts = new Float64Array(SLOTS);
  readonly #ends = new Float64Array(SLOTS);
  /** Starts and ends of consecutive runs of lines: usually one run. */
  #runs: number[] = [];

  constructor(encode: Encode) {
    this.#encode = encode;
  }

  /** Finds or makes the lines of events, for {@link copy}; returns their total bytes. */
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

  /** The slot with the place of the event's line. */
  #slotOf(event: EngineEvent): number {
    const slot = event.seq & (SLOTS - 1);
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
    // A buffer that grew for exceptional lines is replaced.
    if (this.#lines.bytes.length > 2 * LINES) this.#lines = new JsonWriter(0);
    this.#lines.length = 0;
    this.#events.fill(undefined);
  }
}
