/**
 * Finds streams that are open but dead: after a sleep of the machine, or behind a proxy that lost
 * its other end.
 */
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
import type { EventMemory } from './event-memory.ts';

/** Silence before a check, and the step in which silence is measured: in ms. */
const SILENCE = 60_000;
const STEP = 10_000;

/** Time limit for the arrival of an event that the engine already shows in answers: in ms. */
const ON_ITS_WAY = 2000;

export interface LivenessOptions {
  readonly memory: EventMemory;
  readonly scheduler: SchedulerLike;
  /** The count of arrivals so far: it stands still during silence. */
  readonly arrived: () => number;
}

/**
 * After a minute without an event, requests the events that the engine keeps. Errors if it does not
 * answer, or keeps an event that the stream did not bring. Emits nothing and never completes.
 * Silence is counted in ticks, so a clock change has no effect.
 */
export function liveness(session: Session, options: LivenessOptions): Observable<never> {
  const { memory, scheduler, arrived } = options;
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
      exhaustMap(() => question(session, memory, scheduler)),
    );
  });
}

function question(session: Session, memory: EventMemory, scheduler: SchedulerLike): Observable<never> {
  return session.held(memory.position(session)).pipe(
    answering(scheduler),
    mergeMap((batch) => batch),
    filter((each) => !memory.has(each)),
    toArray(),
    mergeMap((missing) => {
      if (missing.length === 0) return EMPTY;
      const stillMissing = defer(() => {
        const lost = missing.filter((each) => !memory.has(each)).length;
        return lost === 0
          ? EMPTY
          : throwError(() => new Error(`its stream is silent, and ${lost} of its events did not arrive`));
      });
      return concat(timer(ON_ITS_WAY, scheduler).pipe(ignoreElements()), stillMissing);
    }),
  );
}
