/**
 * Following Docker's events across lost connections, with neither holes nor repeats, and a gap where there was a
 * hole.
 *
 * Docker holds its newest 256 events in memory and nothing survives its restart. Asked for `since`, it goes back
 * through them from the newest and stops at the first that is older. Event times are taken before publishing and
 * follow the wall clock, so they slip out of order by a little, or by an hour when the clock is set: resuming by
 * time would then lose events. So we always ask for everything held (`since=0`: at most 256, on a Unix socket) and
 * drop what we have had by its identity. Also on one connection Docker may send an event twice: it takes an event
 * into its memory and publishes it in two steps, and a subscription can come in between.
 *
 * Whether there is a hole cannot be told from the live stream, since nothing marks where what was held ends. So
 * before going live again we ask once for what is held until now, which ends: an event in there that we have had
 * proves that there is none (see `Past.continues`). No such event means that more than 256 have happened since, or
 * that Docker was restarted: a gap.
 *
 * One loss is silent on Docker's side: a subscriber that lags by 1,024 events loses what comes next. We read as
 * fast as it comes and never wait for our consumers.
 */
import {
  defer,
  mergeMap,
  type MonoTypeOperatorFunction,
  type Observable,
  type SchedulerLike,
  take,
  takeUntil,
  throwError,
  timeout,
  timer,
  toArray,
} from 'rxjs';
import { type EventSource, gapEvent, type IncomingEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { EngineState } from '../engine.ts';
import { reconnecting } from '../reconnecting.ts';
import type { DockerApi } from './api.ts';
import type { Heard } from './heard.ts';
import { DOCKER_HOLDS, Past } from './past.ts';

/** How long an answer may take to begin, and the list of what is held to end: in ms. */
const ANSWER_WITHIN = 10_000;
const HELD_WITHIN = 5_000;

export interface DockerFollowOptions {
  readonly source: EventSource;
  readonly resume?: readonly IncomingEvent[] | undefined;
  readonly history: boolean;
  readonly onState: (state: EngineState, detail: string, version?: string) => void;
  readonly scheduler: SchedulerLike;
  readonly now: () => Instant;
  /** The chance in back-off, 0 to 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Cold and endless: see `Engine.follow`. */
export function follow(api: DockerApi, options: DockerFollowOptions): Observable<IncomingEvent> {
  const { source, resume, history, onState, scheduler, now, random } = options;
  return defer(() => {
    const past = new Past(resume);
    onState('connecting', 'not heard of yet');

    const session = defer(() => api.ping()).pipe(
      answering(scheduler),
      take(1),
      mergeMap((version) => (past.begun || !history ? continued(version) : live(version, []))),
    );

    /** Looks first at what is held: whether it goes on from what we have had. */
    const continued = (version: string): Observable<IncomingEvent> =>
      heldNow(version).pipe(
        mergeMap((held) => {
          if (!past.begun) {
            for (const heard of held) past.add(heard); // Its history is not wanted.
            return live(version, held);
          }
          return live(version, held, past.continues(held) ? undefined : whyNot(held, past));
        }),
      );

    const heldNow = (version: string): Observable<readonly Heard[]> =>
      api.events(version, now()).pipe(
        answering(scheduler),
        // It ends by itself unless Docker's clock is behind ours.
        takeUntil(timer(HELD_WITHIN, scheduler)),
        mergeMap((batch) => batch),
        take(4 * DOCKER_HOLDS),
        toArray(),
      );

    /**
     * What is held and not had, then all that happens; before it a gap, where `missing` says why there is one.
     * Should it not begin within what was held a moment ago, then more than Docker holds was missed since.
     */
    const live = (version: string, held: readonly Heard[], missing?: string): Observable<IncomingEvent> => {
      const known = new Set(held.map(({ key }) => key));
      let first = known.size > 0;
      const accepted = (): IncomingEvent[] => {
        onState('connected', 'its events arrive', version);
        past.begun = true;
        return missing === undefined ? [] : [gap(held[0], missing)];
      };
      const unheard = (heard: Heard): IncomingEvent[] => {
        const hole = first && !known.has(heard.key) && !past.has(heard);
        first = false;
        const gaps = hole ? [gap(heard, TOO_MANY)] : [];
        return past.add(heard) ? [...gaps, heard.event] : [];
      };
      return api.events(version).pipe(
        answering(scheduler),
        mergeMap((batch) => (batch.length === 0 ? accepted() : batch.flatMap(unheard))),
      );
    };

    const gap = (next: Heard | undefined, detail: string): IncomingEvent => {
      const timeNano = now();
      const since = past.newest;
      const until = next?.event.timeNano ?? timeNano;
      past.newest = until;
      const forward = since === undefined || since <= until; // Not where the clock was set back meanwhile.
      return gapEvent({ source, timeNano, reason: 'upstream', detail, ...(forward ? { since, until } : {}) });
    };

    return session.pipe(
      reconnecting({ scheduler, random, onLost: (error) => onState(...whatHappened(error)) }),
    );
  });
}

const TOO_MANY = `more than the ${DOCKER_HOLDS} events that Docker holds happened while there was no connection`;
const UNKNOWN =
  'Docker had no events when the connection was lost: nothing tells whether some were missed since';
const RESTARTED = 'Docker holds none of the events seen before: it was restarted, and its memory with it';

function whyNot(held: readonly Heard[], past: Past): string {
  if (past.newest === undefined) return UNKNOWN;
  return held.length < DOCKER_HOLDS ? RESTARTED : TOO_MANY;
}

function answering<T>(scheduler: SchedulerLike): MonoTypeOperatorFunction<T> {
  const late = (): Error => new Error(`it does not answer within ${ANSWER_WITHIN / 1000} s`);
  return timeout({ first: ANSWER_WITHIN, scheduler, with: () => throwError(late) });
}

/** What a failure to connect means, by the code of the system's error. */
const FAILURES: Readonly<Record<string, [EngineState, string]>> = {
  ENOENT: ['absent', 'there is no such socket'],
  ECONNREFUSED: ['absent', 'nobody listens on that socket'],
  EACCES: ['retrying', 'this user may not connect: it must be root or in the group that owns the socket'],
  ECONNRESET: ['retrying', 'the connection was lost'],
  EPIPE: ['retrying', 'the connection was lost'],
};

function whatHappened(error: unknown): [EngineState, string] {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return FAILURES[code] ?? ['retrying', message];
}
