/** All that the daemon has ever delivered, and what may be missing of it. */
import { encodeEvent } from '../../src/encoders/ndjson-event.ts';
import type { EngineEvent } from '../../src/event.ts';

export interface Known {
  readonly event: EngineEvent;
  /** All that it says. */
  readonly text: string;
  /** In which life of the daemon it was delivered: they are counted. */
  readonly life: number;
  /** True if its source was connected, so that it is news to rules. */
  isNews: boolean;
  /** Time of delivery by the machine's clock, in ms since the Unix epoch; undefined if only read. */
  readonly wall: number | undefined;
}

/** Numbers, both ends inclusive. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export function textOf(event: EngineEvent): string {
  return encodeEvent(event, String(event.seq));
}

export class Truth {
  readonly known: Map<number, Known> = new Map();
  /** Numbers that a power cut, or a failing disk, may have taken. */
  readonly mayBeLost: Range[] = [];
  /** Numbers that were reported as durable. */
  readonly acknowledged: Range[] = [];
  newest = 0;
  /** Count of flipped bits: then anything may be damaged, with a gap that says so. */
  flips = 0;
  /** True once the disk was slow, full or failing: then it may not have kept up. */
  diskFailed = false;

  /** @returns a text if another event was delivered under that number */
  add(event: EngineEvent, life: number, isNews: boolean, wall?: number): string | undefined {
    const text = textOf(event);
    const before = this.known.get(event.seq);
    if (before === undefined) {
      this.known.set(event.seq, { event, text, life, isNews, wall });
      this.newest = Math.max(this.newest, event.seq);
      return undefined;
    }
    return before.text === text ? undefined : `number ${event.seq} was first ${before.text}, then ${text}`;
  }

  isAcknowledged(seq: number): boolean {
    return contains(this.acknowledged, seq);
  }

  canBeLost(seq: number): boolean {
    return contains(this.mayBeLost, seq);
  }
}

export function contains(ranges: readonly Range[], seq: number): boolean {
  return ranges.some(({ from, to }) => from <= seq && seq <= to);
}
