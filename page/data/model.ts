/** All that the page knows: events, lanes, gaps and states, folded from frames. */
import type { SchedulerLike } from 'rxjs';
import type { ContainerState } from '../../operators/container-state.ts';
import { createStateTable, type StateTable } from '../../operators/state-table.ts';
import type { Death } from '../../operators/explain.ts';
import type { Batch, Link } from './follow.ts';
import type { PageEvent } from './event.ts';
import { Filtered } from './filtered.ts';
import { type ContainersAnswer, type PageFrame, seqOf } from './frames.ts';
import { Gaps } from './gaps.ts';
import { Ring } from './ring.ts';
import { createTimeline, type Timeline } from './timeline.ts';

/** Most events that the page holds, the newest. */
export const MOST_EVENTS = 100_000;

export interface ModelOptions {
  /** Most held events. Default {@link MOST_EVENTS}. */
  readonly limit?: number;
  readonly scheduler?: SchedulerLike;
}

export class Model {
  readonly events: Ring<PageEvent>;
  readonly filtered: Filtered;
  readonly gaps: Gaps = new Gaps();
  readonly timeline: Timeline;
  /** The containers now. */
  readonly table: StateTable = createStateTable({ limit: 20_000 });
  /** The last death of each container, by its engine and id. */
  readonly deaths: Map<string, Death<PageEvent>> = new Map();
  /** Summaries of deaths by the number of their event, for the list. */
  readonly summaries: Map<number, Death<PageEvent>> = new Map();
  link: Link | undefined;
  /** True once all past events have arrived. */
  replayed = false;
  /** Earliest and latest time of the events; undefined without events. */
  first: number | undefined;
  last: number | undefined;
  /** Count of changes: equal while nothing has changed. */
  version = 0;
  /** Count of all events that have arrived. */
  total = 0;
  /** True if the daemon has older events than the page asked for. */
  hasOlder = false;

  #listed: readonly ContainerState[] = [];
  #statesFrom = 0;
  #oldest: string | undefined;

  constructor({ limit = MOST_EVENTS, scheduler }: ModelOptions = {}) {
    this.events = new Ring(limit);
    this.filtered = new Filtered(this.events, limit);
    this.timeline = createTimeline((death) => this.#death(death), scheduler);
  }

  /** The containers at a position of the stream; events up to there do not change them. */
  list({ cursor, containers }: ContainersAnswer): void {
    this.#statesFrom = cursor === undefined ? 0 : seqOf(cursor);
    this.#listed = containers;
    // A list of the start, not of now: its containers ran before the events.
    if (cursor === undefined) this.timeline.seed(containers);
    for (const state of containers) this.table.set(state);
    this.version++;
  }

  take(message: Link | Batch): void {
    this.version++;
    if (message.kind === 'link') this.link = message;
    else for (const frame of message.frames) this.#frame(frame);
  }

  /** The end of a saved page. */
  complete(): void {
    this.#replayed();
    this.timeline.complete();
    this.version++;
  }

  #frame(frame: PageFrame): void {
    switch (frame.kind) {
      case 'ready':
        this.#oldest ??= frame.oldest;
        return;
      case 'events':
        for (const event of frame.events) this.#event(event);
        return;
      case 'gap':
        this.gaps.frame(frame, this.last);
        return;
      case 'replay-end':
        return this.#replayed();
      case 'bookmark':
      case 'end':
        return;
    }
  }

  #event(event: PageEvent): void {
    if (this.total === 0) this.hasOlder = this.#oldest !== undefined && seqOf(this.#oldest) < event.seq;
    this.total++;
    this.events.push(event);
    if (this.events.dropped > 0) this.hasOlder = true;
    this.first = Math.min(this.first ?? event.at, event.at);
    this.last = Math.max(this.last ?? event.at, event.at);
    this.gaps.event(event);
    this.timeline.add(event);
    if (event.seq > this.#statesFrom && !event.action.startsWith('exec_')) this.table.take(event);
    this.filtered.add(event);
  }

  #death(death: Death<PageEvent>): void {
    const key = `${death.event.source.engine} ${death.id}`;
    this.deaths.delete(key);
    this.deaths.set(key, death);
    this.summaries.set(death.event.seq, death);
    if (this.deaths.size > 20_000) this.deaths.delete(this.deaths.keys().next().value as string);
    if (this.summaries.size > 50_000) this.summaries.delete(this.summaries.keys().next().value as number);
  }

  #replayed(): void {
    if (this.replayed) return;
    this.replayed = true;
    // Containers that run, and whose start was before the events.
    this.timeline.seed(this.#listed);
    this.#listed = [];
  }
}
