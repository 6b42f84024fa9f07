/** Makes a report of a period from its events. */
import type { Cause } from './cause-text.ts';
import { checkCount } from './check.ts';
import type { StateEvent } from './container-state.ts';
import { createExplainer, type Death } from './explain.ts';
import { exitText } from './exit-code.ts';
import { behind, LATE } from './life.ts';
import { isRemoval } from './words.ts';
import type { DeathsOfCause, ImageChange, Loop, Report, ReportedGap, Stretch, Subject } from './report.ts';

/** Options of `createReporter`. */
export interface ReportOptions {
  /** First and last instant, inclusive, in nanoseconds since the Unix epoch. */
  readonly since: bigint;
  readonly until: bigint;
  /** Parts of the period in a sparkline, 1 or more. Default 24. */
  readonly parts?: number | undefined;
  /** Entries of each list, 1 or more. Default 100. */
  readonly limit?: number | undefined;
}

/** Gathers the events of a period. */
export interface Reporter<T> {
  /**
   * Takes the next event. Earlier events than the period determine the initial states; later ones
   * are ignored.
   */
  add(event: T): void;
  /** Makes the report of all events so far. */
  report(): Report;
}

/** Most containers remembered by name; beyond it, the least recently seen one is dropped. */
const NAMES = 10_000;
/** Events that wait at most, for late evidence of a death. */
const WAITING = 10_000;
/** Deaths in a row that make a crash loop, and the longest time between two of them, in ns. */
const LOOP = 3;
const WITHIN = 120_000_000_000n;

/**
 * Makes a report, one event at a time, in order of arrival.
 *
 * Memory: a few hundred bytes for each container name, of at most 10,000, and the events of the
 * latest five seconds, at most 10,000.
 *
 * @throws RangeError at the call if `until` is before `since`, or `parts` or `limit` is not a whole
 *   number of 1 or more
 */
export function createReporter<T extends StateEvent>(options: ReportOptions): Reporter<T> {
  const { since, until, parts = 24, limit = 100 } = options;
  checkCount('parts', parts, 1);
  checkCount('limit', limit, 1);
  if (until < since) throw new RangeError(`invalid period: it ends (${until}) before it begins (${since})`);
  const explainer = createExplainer<T>();
  const names = new Map<string, Life>();
  const causes = new Map<Cause, { alarming: boolean; names: Map<string, number>; count: number }>();
  const loops: LoopSoFar[] = [];
  const outages: Stretch[] = [];
  const unhealthy: Stretch[] = [];
  const images: ImageChange[] = [];
  const gaps: ReportedGap[] = [];
  const width = (until - since) / BigInt(parts) + 1n;
  let events = 0;

  const lifeOf = (event: T): Life => {
    const name = event.name ?? event.id;
    const key = `${event.source?.engine ?? ''} ${name}`;
    const life = names.get(key) ?? newLife(name, event.source?.engine, parts);
    names.delete(key);
    names.set(key, life);
    if (names.size > NAMES) names.delete(names.keys().next().value as string);
    return life;
  };

  const died = (life: Life, { event, cause, alarming, summary, exitCode, signal }: Death<T>): void => {
    life.healthy(event.timeNano, unhealthy);
    if (event.timeNano < since) {
      life.down = alarming ? { since: event.timeNano, summary } : undefined;
      return;
    }
    const ofCause = causes.get(cause) ?? { alarming, names: new Map<string, number>(), count: 0 };
    causes.set(cause, ofCause);
    ofCause.count += 1;
    ofCause.names.set(life.name, (ofCause.names.get(life.name) ?? 0) + 1);
    if (!alarming) {
      life.row = undefined;
      return;
    }
    life.down = { since: event.timeNano, summary };
    life.deaths += 1;
    const part = Number((event.timeNano - since) / width);
    life.parts[part] = (life.parts[part] ?? 0) + 1;
    const end =
      signal === undefined ? `exit ${exitText(exitCode ?? 0)}` : (summary.split(' after ')[0] ?? summary);
    life.row = grown(life, event.timeNano, end, loops);
  };

  const take = (event: T, later: Iterable<T>): void => {
    const inside = event.timeNano >= since;
    if (inside) events += 1;
    if (event.type === 'daemon' && event.action === 'gap') {
      if (inside) gaps.push(reportedGap(event));
      return;
    }
    const found = explainer.explain(event, later);
    if (event.type !== 'container') return;
    const life = lifeOf(event);
    if (found?.kind === 'illness') life.sick ??= { since: event.timeNano, summary: found.summary };
    else if (/^health_status: healthy$/.test(event.action)) life.healthy(event.timeNano, unhealthy);
    if (found?.kind === 'death') died(life, found);
    if (isRemoval(event.action)) life.removed = true;
    if (event.action === 'start') {
      life.up(event.timeNano, since, outages);
      const image = event.attributes['image'];
      if (image !== undefined) {
        if (inside && life.image !== undefined && life.image !== image) {
          images.push({ ...life.subject, time: String(event.timeNano), from: life.image, to: image });
        }
        life.image = image;
      }
    }
  };

  /** Events that wait for later ones; the first `taken` are done. */
  let waiting: T[] = [];
  let taken = 0;
  const drain = (isDue: (event: T) => boolean): void => {
    for (; taken < waiting.length; taken++) {
      const event = waiting[taken] as T;
      if (!isDue(event)) break;
      take(event, behind(waiting, taken));
    }
    if (taken < WAITING) return;
    waiting = waiting.slice(taken);
    taken = 0;
  };

  return {
    add: (event) => {
      if (event.timeNano > until) return;
      waiting.push(event);
      drain(({ timeNano }) => waiting.length - taken > WAITING || event.timeNano - timeNano > LATE);
    },
    report: () => {
      drain(() => true);
      const lives = [...names.values()];
      const open = (list: readonly Stretch[], which: 'down' | 'sick'): readonly Stretch[] =>
        [
          ...list,
          ...lives.flatMap(({ subject, removed, [which]: begun }) =>
            begun && !removed ? [stretch(subject, begun, undefined, until)] : [],
          ),
        ].sort(longestFirst);
      const all = {
        loops: loops.map(plainLoop).sort((a, b) => b.deaths - a.deaths),
        outages: open(outages, 'down'),
        unhealthy: open(unhealthy, 'sick'),
        containers: lives
          .filter(({ deaths }) => deaths > 0)
          .sort((a, b) => b.deaths - a.deaths)
          .map(({ subject, deaths, parts }) => ({ ...subject, deaths, parts })),
      };
      let omitted = 0;
      const cut = <E>(list: readonly E[]): readonly E[] => {
        omitted += Math.max(0, list.length - limit);
        return list.slice(0, limit);
      };
      return {
        ...{ since: String(since), until: String(until), events },
        quiet: [all.containers, all.outages, all.unhealthy, gaps].every(({ length }) => length === 0),
        deaths: [...causes].map(([cause, found]) => ofCause(cause, found)).sort(gravestFirst),
        loops: cut(all.loops),
        outages: cut(all.outages),
        unhealthy: cut(all.unhealthy),
        images: cut(images),
        gaps: cut(gaps),
        containers: cut(all.containers),
        omitted,
      };
    },
  };
}

interface Begun {
  readonly since: bigint;
  readonly summary?: string;
}

interface LoopSoFar {
  readonly subject: Subject;
  deaths: number;
  readonly first: bigint;
  last: bigint;
  end: string;
}

interface Life {
  readonly name: string;
  readonly subject: Subject;
  image: string | undefined;
  deaths: number;
  readonly parts: number[];
  /** True if it was removed after its death: not an outage, unless the name is started again. */
  removed: boolean;
  down: Begun | undefined;
  sick: Begun | undefined;
  /** Its latest deaths in a row. */
  row: { count: number; first: bigint; last: bigint; loop: LoopSoFar | undefined } | undefined;
  /** Called at a start: an outage is over. */
  up(time: bigint, since: bigint, outages: Stretch[]): void;
  /** Called when it is healthy, or has ended. */
  healthy(time: bigint, unhealthy: Stretch[]): void;
}

function newLife(name: string, engine: string | undefined, parts: number): Life {
  const subject = engine === undefined ? { name } : { name, engine };
  return {
    ...{ name, subject, image: undefined, deaths: 0, parts: Array.from({ length: parts }, () => 0) },
    ...{ removed: false, down: undefined, sick: undefined, row: undefined },
    up(time, since, outages) {
      if (this.down !== undefined && time >= since) outages.push(stretch(subject, this.down, time, time));
      this.down = undefined;
      this.removed = false;
    },
    healthy(time, unhealthy) {
      if (this.sick !== undefined) unhealthy.push(stretch(subject, this.sick, time, time));
      this.sick = undefined;
    },
  };
}

function stretch(
  subject: Subject,
  { since, summary }: Begun,
  until: bigint | undefined,
  end: bigint,
): Stretch {
  const span = end > since ? end - since : 0n;
  return {
    ...subject,
    since: String(since),
    ...(until === undefined ? {} : { until: String(until) }),
    span: String(span),
    ...(summary === undefined ? {} : { summary }),
  };
}

function grown({ row, subject }: Life, time: bigint, end: string, loops: LoopSoFar[]): Life['row'] {
  if (row === undefined || time - row.last > WITHIN)
    return { count: 1, first: time, last: time, loop: undefined };
  const next = { ...row, count: row.count + 1, last: time };
  if (next.loop === undefined && next.count >= LOOP) {
    next.loop = { subject, deaths: next.count, first: next.first, last: time, end };
    loops.push(next.loop);
  } else if (next.loop !== undefined) Object.assign(next.loop, { deaths: next.count, last: time, end });
  return next;
}

function plainLoop({ subject, deaths, first, last, end }: LoopSoFar): Loop {
  return { ...subject, deaths, first: String(first), last: String(last), end };
}

function reportedGap({ timeNano, name, source, attributes }: StateEvent): ReportedGap {
  const { reason = 'unknown', detail, count } = attributes;
  return {
    time: String(timeNano),
    engine: source?.engine ?? name ?? '',
    reason,
    ...(detail === undefined ? {} : { detail }),
    ...(count === undefined ? {} : { count }),
  };
}

function ofCause(
  cause: Cause,
  { alarming, names, count }: { alarming: boolean; names: ReadonlyMap<string, number>; count: number },
): DeathsOfCause {
  const sorted = [...names].sort(([, a], [, b]) => b - a).slice(0, 10);
  return { cause, alarming, count, names: sorted.map(([name, count]) => ({ name, count })) };
}

function gravestFirst(a: DeathsOfCause, b: DeathsOfCause): number {
  return Number(b.alarming) - Number(a.alarming) || b.count - a.count;
}

function longestFirst(a: Stretch, b: Stretch): number {
  return Number(BigInt(b.span) - BigInt(a.span));
}
