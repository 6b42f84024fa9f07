/** The gaps: times in which events are missing. */
import { isGap, millisecondsOf, type PageEvent } from './event.ts';
import type { GapFrame } from './frames.ts';

export interface Gap {
  /** The missing events are from this time on; undefined: before all events. */
  readonly from: number | undefined;
  /** … to this time; undefined while the next event has not come. */
  to: number | undefined;
  /** Count of missing events, if known. */
  readonly count: number | undefined;
  readonly reason: string;
  /** One sentence. */
  readonly detail: string;
  /** The engine that lost them; undefined: this page, or the daemon. */
  readonly engine: string | undefined;
}

/** Reasons in words. */
const WHY: Readonly<Record<string, string>> = {
  expired: 'they are too old to be held',
  overflow: 'this page was too slow',
  epoch: 'the daemon began a new history',
  upstream: 'an engine lost them',
  crash: 'a crash took them',
  damaged: 'the journal is damaged',
};

/** Most held gaps, the newest. */
const MOST = 2000;

/** Collects gaps; bounded. */
export class Gaps {
  readonly all: Gap[] = [];

  /** A gap of this reader: it lies between the last event and the next. */
  frame({ count, reason }: GapFrame, last: number | undefined): Gap {
    const many = reason === 'crash' ? `up to ${count}` : `${count}`;
    const noun = count === 1 ? 'event is' : 'events are';
    const detail = `${many} ${noun} missing: ${WHY[reason] ?? reason}`;
    return this.#add({ from: last, to: undefined, count, reason, detail, engine: undefined });
  }

  /** Takes an event: it ends the last gap, or states a loss before the daemon. */
  event(event: PageEvent): void {
    const last = this.all.at(-1);
    if (last !== undefined && last.to === undefined) last.to = Math.max(event.at, last.from ?? event.at);
    if (!isGap(event)) return;
    const { since, until, count, reason = 'upstream', detail } = event.attributes;
    const from = instantIn(since) ?? event.at;
    this.#add({
      from,
      to: Math.max(from, instantIn(until) ?? event.at),
      count: count === undefined || !/^\d{1,15}$/.test(count) ? undefined : Number(count),
      reason,
      detail: detail ?? 'events are missing',
      engine: event.source.engine,
    });
  }

  /** The gaps that cover a time. */
  at(time: number): readonly Gap[] {
    return this.all.filter(({ from = -Infinity, to = Infinity }) => from <= time && time <= to);
  }

  #add(gap: Gap): Gap {
    this.all.push(gap);
    if (this.all.length > MOST) this.all.shift();
    return gap;
  }
}

function instantIn(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,19}$/.test(text) ? millisecondsOf(text) : undefined;
}
