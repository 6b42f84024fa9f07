/** Fills the lanes from events: the operators find runs, deaths, states and crash loops. */
import { merge, type SchedulerLike, Subject, tap } from 'rxjs';
import { containerKey, stateKey } from '../../operators/container-key.ts';
import type { ContainerState } from '../../operators/container-state.ts';
import { deaths } from '../../operators/deaths.ts';
import type { Death } from '../../operators/explain.ts';
import { foldRestarts, isRestartLoop } from '../../operators/foldRestarts.ts';
import { runs } from '../../operators/runs.ts';
import { states } from '../../operators/states.ts';
import { millisecondsOf, nameOf, type PageEvent } from './event.ts';
import { fateOf } from './fate.ts';
import { groupOf, type Lane, Lanes, pushChange } from './lanes.ts';

export interface Timeline {
  readonly lanes: Lanes;
  /** Takes the next event. */
  add(event: PageEvent): void;
  /** Adds the running containers of a list: their runs began before the events. */
  seed(containers: Iterable<ContainerState>): void;
  /** No event follows: crash loops are over. */
  complete(): void;
}

/** Most containers that are followed at a time. */
const LIMIT = 20_000;

/**
 * @param onDeath called with each death
 * @param scheduler the clock that ends crash loops
 */
export function createTimeline(
  onDeath: (death: Death<PageEvent>) => void,
  scheduler?: SchedulerLike,
): Timeline {
  const lanes = new Lanes();
  let current: PageEvent | undefined;
  const laneOf = ({ id, name, type, source, attributes }: PageEvent): Lane => {
    const place = placeOf({ engine: source.engine, host: hostOf(source) });
    return lanes.lane(nameOf({ id, name, type }), place, groupOf(attributes, place));
  };

  const lifecycle = new Subject<PageEvent>();
  const ends = lifecycle.pipe(
    runs({ limit: LIMIT }),
    tap(({ start, end }) => {
      const event = end ?? start;
      if (event === undefined) return;
      const key = containerKey(event);
      // A run without its end is over because a new start, or a removal, was seen.
      const bar = lanes.open(key);
      if (end === undefined) {
        if (bar?.start === start?.at && current?.action !== 'start') lanes.end(key, undefined, current?.at);
        return;
      }
      if (bar === undefined) lanes.begin(key, laneOf(end), end.id, start?.at, end.attributes['image']);
      lanes.end(key, end.at);
    }),
  );
  const loops = lifecycle.pipe(
    foldRestarts({ limit: LIMIT, ...(scheduler === undefined ? {} : { scheduler }) }),
    tap((item) => {
      if (!isRestartLoop<PageEvent>(item)) return;
      lanes.loop(laneOf(item.latest), item.first.at, item.latest.at, item.deaths, item.over);
    }),
  );

  const evidence = new Subject<PageEvent>();
  const fates = evidence.pipe(
    deaths({ limit: LIMIT, revise: true }),
    tap((death) => {
      onDeath(death);
      const { event, alarming, summary } = death;
      const lane = laneOf(event);
      const bar = lanes.endedAt(lane, event.id, event.at);
      // A death comes again if a later event explains it.
      lane.alarms += Number(alarming) - Number(bar?.death?.alarming ?? false);
      if (bar !== undefined) bar.death = { at: event.at, fate: fateOf(death), alarming, summary, event };
    }),
  );

  const changing = new Subject<PageEvent>();
  const changes = changing.pipe(
    states({ limit: LIMIT }),
    tap((state) => {
      const bar = lanes.open(stateKey(state));
      if (bar === undefined || current === undefined) return;
      const { health, state: phase } = state;
      if (health !== undefined && bar.health.at(-1)?.health !== health) {
        pushChange(bar.health, { at: current.at, health });
      }
      const pause = bar.pauses.at(-1);
      const isPaused = pause !== undefined && pause.to === undefined;
      if (phase === 'paused' && !isPaused) pushChange(bar.pauses, { from: current.at, to: undefined });
      if (phase !== 'paused' && isPaused) pause.to = current.at;
    }),
  );
  merge(ends, loops, fates, changes).subscribe();

  /** Sends an event only to those that it concerns: most events of a host are health checks. */
  const add = (event: PageEvent): void => {
    const { type, id, action } = event;
    if (type !== 'container' || id === '') return;
    current = event;
    if (action.startsWith('exec_')) {
      // Starts and ends of execs are checks of the health, and explain deaths.
      if (!action.startsWith('exec_create')) evidence.next(event);
      return;
    }
    if (action === 'start') {
      lanes.begin(containerKey(event), laneOf(event), id, event.at, event.attributes['image']);
    }
    if (!action.startsWith('health_')) lifecycle.next(event);
    evidence.next(event);
    changing.next(event);
  };

  return {
    lanes,
    add,
    seed: (list) => {
      for (const state of list) {
        if (state.state !== 'running' && state.state !== 'paused') continue;
        const { id, name, labels, startedAt, image, health } = state;
        const engine = placeOf(state);
        const key = stateKey(state);
        if (lanes.open(key) !== undefined) continue;
        const lane = lanes.lane(name ?? id.slice(0, 12), engine, groupOf(labels, engine));
        const start = startedAt === undefined ? undefined : millisecondsOf(startedAt);
        const bar = lanes.begin(key, lane, id, start, image);
        if (health !== undefined) bar.health.push({ at: start ?? 0, health });
      }
    },
    complete: () => lifecycle.complete(),
  };
}

/** The host of an event of a fleet: its endpoint is `nats://SERVER/HOST`, encoded. */
function hostOf({ endpoint = '' }: PageEvent['source']): string | undefined {
  const token = /^(?:nats|tls):.*\/([\w=-]+)$/.exec(endpoint)?.[1]?.replaceAll('=', '%');
  try {
    return token === undefined ? undefined : decodeURIComponent(token);
  } catch {
    return undefined;
  }
}

/** The engine, with its host if that is one of many. */
function placeOf({
  engine = '',
  host,
}: {
  readonly engine?: string;
  readonly host?: string | undefined;
}): string {
  return host === undefined ? engine : `${engine} on ${host}`;
}
