/** The progress of a forwarder: the last event that its sink acknowledged, and the last that was sent. */
import type { SchedulerLike, Subscription } from 'rxjs';
import { parseCursor } from '../collector/cursor.ts';
import type { Position, PositionFile } from './position.ts';
import type { Item } from './sink.ts';

/** Time between a write of the position and its sync: in ms. A sync costs more than a batch. */
const SYNC = 200;

export interface ProgressOptions {
  readonly file: PositionFile;
  /** Name of the stream's numbering. */
  readonly epoch: string;
  /** True if a power cut must not cost the position more than the last moments. */
  readonly syncs: boolean;
  readonly scheduler: SchedulerLike;
  /** Called if the position cannot be written. */
  readonly onError: (error: unknown) => void;
}

/** Each change is written to the file of the position; several writes share a sync. */
export class Progress {
  readonly #options: ProgressOptions;
  #acknowledged: string;
  #sent: string;
  /** The number of the last sent event; 0 if it belongs to another numbering. */
  #sentSeq: number;
  #unsynced: Subscription | undefined;

  constructor({ acknowledged, sent }: Position, options: ProgressOptions) {
    this.#options = options;
    this.#acknowledged = acknowledged;
    this.#sent = sent;
    const { epoch, seq } = parseCursor(sent);
    this.#sentSeq = epoch === options.epoch ? seq : 0;
  }

  /** Cursor of the last acknowledged event. */
  get acknowledged(): string {
    return this.#acknowledged;
  }

  /** Notes a delivery before it begins. @returns the count of its events that were sent before */
  attempt(items: readonly Item[]): number {
    const before = this.#sentSeq;
    const last = items.at(-1);
    if (last !== undefined && last.event.seq > before) {
      this.#sent = last.cursor;
      this.#sentSeq = last.event.seq;
      this.#write();
    }
    return items.filter(({ event }) => event.seq <= before).length;
  }

  /** Notes the acknowledgement of an event and of all before it. */
  acknowledge(cursor: string): void {
    this.#acknowledged = cursor;
    this.#write();
  }

  /** Continues after an event, back or forth. */
  moveTo(cursor: string): void {
    const { epoch, seq } = parseCursor(cursor);
    this.#acknowledged = cursor;
    if (epoch === this.#options.epoch && seq > this.#sentSeq) [this.#sent, this.#sentSeq] = [cursor, seq];
    this.#write();
  }

  close(): void {
    this.#unsynced?.unsubscribe();
    this.#options.file.sync();
    this.#options.file.close();
  }

  #write(): void {
    const { file, syncs, scheduler, onError } = this.#options;
    try {
      file.write({ acknowledged: this.#acknowledged, sent: this.#sent });
      if (!syncs) return;
      this.#unsynced ??= scheduler.schedule(() => {
        this.#unsynced = undefined;
        file.sync();
      }, SYNC);
    } catch (error) {
      onError(error);
    }
  }
}
