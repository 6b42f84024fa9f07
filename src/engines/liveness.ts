/** Finds streams that are open and dead: a machine that slept, a proxy that lost its other end. */
import {
  concat,
  defer,
  EMPTY,
  filter,
  ignoreElements,
  interval,
  exhaustMap,
  mergeMap,
  Observable,
  type SchedulerLike,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { answering } from './answering.ts';
import type { Session } from './engine.ts';
import type { Past } from './past.ts';

/** Silence after which an engine is asked, and the step in which silence is measured: in ms. */
const SILENCE = 60_000;
const STEP = 10_000;

/** How long an event may take on its way when the engine already shows it to those who ask: in ms. */
const ON_ITS_WAY = 2000;

export interface LivenessOptions {
  readonly past: Past;
  readonly scheduler: SchedulerLike;
  /** The number of arrivals so far: silence is when it stands still. */
  readonly arrived: () => number;
}

/**
 * After a minute without an event, asks an engine for what it keeps. Errors if it does not answer, or
 * keeps an event that the stream did not bring. Emits nothing else and never completes. Silence is counted
 * in ticks, so that a clock that is set changes nothing.
 */
export function liveness(session: Session, options: LivenessOptions): Observable<never> {
  const { past, scheduler, arrived } = options;
  return defer(() => {
    let before = arrived();
    let ticks = 0;
    return interval(STEP, scheduler).pipe(
      filter(() => {
        const now = arrived();
        ticks = now === before ? ticks + 1 : 0;
        before = now;
        if (ticks * STEP < SILENCE) return false;
        ticks = 0;
        return true;
      }),
      exhaustMap(() => question(session, past, scheduler)),
    );
  });
}

function question(session: Session, past: Past, scheduler: SchedulerLike): Observable<never> {
  return session.held(past.position(session)).pipe(
    answering(scheduler),
    mergeMap((batch) => batch),
    filter((each) => !past.has(each)),
    toArray(),
    mergeMap((missing) => {
      if (missing.length === 0) return EMPTY;
      const stillMissing = defer(() => {
        const lost = missing.filter((each) => !past.has(each)).length;
        return lost === 0
          ? EMPTY
          : throwError(() => new Error(`its stream is silent, and ${lost} of its events did not arrive`));
      });
      return concat(timer(ON_ITS_WAY, scheduler).pipe(ignoreElements()), stillMissing);
    }),
  );
}
