/** All that the daemon has ever delivered, and what may be missing of it. */
import { encodeEvent } from '../../src/encoders/ndjson-event.ts';
import type { EngineEvent } from '../../src/event.ts';

export interface Known {
  readonly event: EngineEvent;
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

/** All that an event says. */
export function textOf(event: EngineEvent): string {
  return encodeEvent(event, String(event.seq));
}

/** Tests whether two events say the same, in the same order: as their texts would, and faster. */
export function isSame(a: EngineEvent, b: EngineEvent): boolean {
  if (a === b) return true;
  return (
    a.seq === b.seq &&
    a.timeNano === b.timeNano &&
    a.type === b.type &&
    a.action === b.action &&
    a.id === b.id &&
    a.name === b.name &&
    a.scope === b.scope &&
    hasSame(a.source, b.source) &&
    hasSame(a.attributes, b.attributes)
  );
}

function hasSame(a: object, b: object): boolean {
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  const values = a as Readonly<Record<string, string>>;
  const wanted = b as Readonly<Record<string, string>>;
  return (
    keys.length === others.length && keys.every((key, i) => key === others[i] && values[key] === wanted[key])
  );
}

export class Truth {
  readonly known: Map<number, Known> = new Map();
  /** Numbers that a power cut, or a failing disk, may have taken. */
  readonly mayBeLost: Range[] = [];
  /** Numbers that were reported as durable. */
  readonly acknowledged: Range[] = [];
  newest = 0;
  /** The highest number of each numbering: a daemon without its journal begins another one. */
  readonly highest: Map<string, number> = new Map();
  /** Count of flipped bits: then anything may be damaged, with a gap that says so. */
  flips = 0;
  /** True once the disk was slow, full or failing: then it may not have kept up. */
  diskFailed = false;

  /** @returns a text if another event was delivered under that number */
  add(event: EngineEvent, life: number, isNews: boolean, wall?: number): string | undefined {
    const before = this.known.get(event.seq);
    if (before === undefined) {
      this.known.set(event.seq, { event, life, isNews, wall });
      this.newest = Math.max(this.newest, event.seq);
      return undefined;
    }
    if (isSame(before.event, event)) return undefined;
    return `number ${event.seq} was first ${textOf(before.event)}, then ${textOf(event)}`;
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
