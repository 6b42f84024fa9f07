/** The lanes: a lane for each container name, with its runs, deaths, crash loops and health. */
import type { Health } from '../../operators/container-state.ts';
import type { Fate } from './fate.ts';
import type { PageEvent } from './event.ts';

/** A run of a container. Times in ms since the Unix epoch. */
export interface Bar {
  readonly lane: Lane;
  readonly id: string;
  /** The start; undefined if it was before the events. */
  start: number | undefined;
  /** The end; undefined while it runs. */
  end: number | undefined;
  /** False if the end was not seen: removed, or started again. */
  endSeen: boolean;
  image: string | undefined;
  /** Changes of the health, in order. */
  readonly health: { readonly at: number; readonly health: Health }[];
  death: Mark | undefined;
  /** Times of pauses, in order: begin and end. */
  readonly pauses: { readonly from: number; to: number | undefined }[];
}

/** A death. */
export interface Mark {
  readonly at: number;
  readonly fate: Fate;
  /** True without a request, and without exit code 0. */
  readonly alarming: boolean;
  /** The cause in a few words. */
  readonly summary: string;
  readonly event: PageEvent;
}

/** A crash loop. */
export interface LoopSpan {
  readonly from: number;
  to: number;
  deaths: number;
  over: boolean;
}

export interface Lane {
  readonly key: string;
  readonly name: string;
  readonly engine: string;
  /** Compose project, pod or engine. */
  group: string;
  /** In order of their starts, except where an engine's clock was set back. */
  readonly bars: Bar[];
  readonly loops: LoopSpan[];
  /** Alarming deaths so far. */
  alarms: number;
}

/** Most ended runs that are held, the newest. */
const MOST_BARS = 50_000;
/** Dropped runs in the list before it is cut: they take memory until then. */
const MOST_DROPPED = 1000;
/** Most crash loops of a lane. */
const MOST_LOOPS = 200;
/** Runs of a lane that are searched for the one that has just ended. */
const NEWEST = 100;
/** Most changes of health, and pauses, of a run. */
const MOST_CHANGES = 500;

/** All lanes, in bounded memory: beyond that, the runs that ended first are dropped. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  /** The current run of each container. */
  readonly #open = new Map<string, Bar>();
  #ended: Bar[] = [];
  #first = 0;
  /** Count of changes to the set of lanes. */
  version = 0;

  get all(): Iterable<Lane> {
    return this.#lanes.values();
  }

  get size(): number {
    return this.#lanes.size;
  }

  /** Count of held runs. */
  get runs(): number {
    return this.#open.size + this.#ended.length - this.#first;
  }

  lane(name: string, engine: string, group: string): Lane {
    const key = `${engine} ${name}`;
    const known = this.#lanes.get(key);
    if (known !== undefined) {
      if (group !== engine && known.group !== group) {
        known.group = group;
        this.version++;
      }
      return known;
    }
    const lane: Lane = { key, name, engine, group, bars: [], loops: [], alarms: 0 };
    this.#lanes.set(key, lane);
    this.version++;
    return lane;
  }

  /** The current run of a container. */
  open(container: string): Bar | undefined {
    return this.#open.get(container);
  }

  get openBars(): Iterable<Bar> {
    return this.#open.values();
  }

  begin(
    container: string,
    lane: Lane,
    id: string,
    start: number | undefined,
    image: string | undefined,
  ): Bar {
    this.end(container, undefined, start);
    const bar: Bar = {
      ...{ lane, id, start, end: undefined, endSeen: false, image, health: [], death: undefined, pauses: [] },
    };
    const later = lane.bars.findLastIndex((each) => (each.start ?? -Infinity) <= (start ?? -Infinity));
    if (later === lane.bars.length - 1) lane.bars.push(bar);
    else lane.bars.splice(later + 1, 0, bar);
    this.#open.set(container, bar);
    return bar;
  }

  /** Ends the current run. @param end undefined if its end was not seen */
  end(container: string, end: number | undefined, unseenAt?: number): Bar | undefined {
    const bar = this.#open.get(container);
    if (bar === undefined) return undefined;
    this.#open.delete(container);
    bar.end = end ?? unseenAt ?? bar.start;
    bar.endSeen = end !== undefined;
    const pause = bar.pauses.at(-1);
    if (pause !== undefined) pause.to ??= bar.end;
    this.#ended.push(bar);
    while (this.#ended.length - this.#first > MOST_BARS) this.#drop(this.#ended[this.#first++] as Bar);
    if (this.#first > MOST_DROPPED) {
      this.#ended = this.#ended.slice(this.#first);
      this.#first = 0;
    }
    return bar;
  }

  /** The run of a container that ended at a time: one of the newest of its lane. */
  endedAt({ bars }: Lane, id: string, end: number): Bar | undefined {
    for (let i = bars.length - 1; i >= Math.max(0, bars.length - NEWEST); i--) {
      const bar = bars[i] as Bar;
      if (bar.end === end && bar.id === id) return bar;
    }
    return undefined;
  }

  /** Replaces or extends the crash loop of a lane. */
  loop(lane: Lane, from: number, to: number, deaths: number, over: boolean): void {
    const last = lane.loops.at(-1);
    if (last !== undefined && last.from === from) Object.assign(last, { to, deaths, over });
    else lane.loops.push({ from, to, deaths, over });
    if (lane.loops.length > MOST_LOOPS) lane.loops.shift();
  }

  #drop(bar: Bar): void {
    const { bars } = bar.lane;
    const index = bars.indexOf(bar);
    if (index >= 0) bars.splice(index, 1);
    if (bars.length > 0) return;
    this.#lanes.delete(bar.lane.key);
    this.version++;
  }
}

/** Adds to a list of changes, which keeps the newest. */
export function pushChange<T>(list: T[], change: T): void {
  list.push(change);
  if (list.length > MOST_CHANGES) list.shift();
}

/** Labels that group containers, in order of precedence: Compose, Kubernetes, Podman. */
const GROUPS = [
  'com.docker.compose.project',
  'io.podman.compose.project',
  'io.kubernetes.pod.name',
  'podName',
  'pod',
  'podId',
];

/** The group of a container: its Compose project or pod, else its engine. */
export function groupOf(labels: Readonly<Record<string, string>>, engine: string): string {
  for (const key of GROUPS) {
    const value = labels[key];
    if (value !== undefined && value !== '') return key === 'podId' ? `pod ${value.slice(0, 12)}` : value;
  }
  return engine;
}
