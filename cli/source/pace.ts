/** Delivers recorded frames at the pace of their events. */
import {
  asyncScheduler,
  BehaviorSubject,
  Observable,
  type SchedulerAction,
  type SchedulerLike,
  type Subscription,
} from 'rxjs';
import { later } from '../../operators/later.ts';
import type { EngineEvent, Frame } from '../../src/index.ts';

export interface PaceOptions {
  /** Seconds of the recording in a second: 10 is ten times as fast as it was. */
  readonly speed: number;
  /** Longest wait between two events, in ms. */
  readonly idle: number;
  /** Tests whether an event is shown: others do not wait. Default: every event. */
  readonly shows?: ((event: EngineEvent, cursor: string) => boolean) | undefined;
  /** The clock of the recording. Default: the wall clock. */
  readonly clock?: SchedulerLike | undefined;
  /** The scheduler of the waits. Default: asyncScheduler. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** A clock on which a delay takes a part of its time: a tenth at speed 10. */
export class FasterClock implements SchedulerLike {
  readonly #speed: number;

  constructor(speed: number) {
    this.#speed = speed;
  }

  now(): number {
    return asyncScheduler.now();
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    return asyncScheduler.schedule(work, delay / this.#speed, state);
  }
}

/**
 * The frames of a recording as they once came, all of them live: each event waits until its time,
 * measured from the event before. An event that states an earlier time comes at once.
 *
 * @param source makes the frames; while its argument is `true`, it reads nothing more
 */
export function paced(
  source: (paused: Observable<boolean>) => Observable<Frame>,
  { speed, idle, shows = () => true, scheduler = asyncScheduler }: PaceOptions,
): Observable<Frame> {
  return new Observable((subscriber) => {
    const waiting = new BehaviorSubject(false);
    /** Frames that the source had read before it paused. */
    const held: Frame[] = [];
    let timer: Subscription | undefined;
    /** The latest time of a delivered event, in nanoseconds. */
    let latest: bigint | undefined;
    let done = false;
    let running = false;

    const waitOf = (frame: Frame): number => {
      if (frame.kind !== 'event' || !shows(frame.event, frame.cursor)) return 0;
      return latest === undefined ? 0 : Math.min(idle, Number(frame.event.timeNano - latest) / 1e6 / speed);
    };
    const deliver = (frame: Frame): void => {
      if (frame.kind === 'event' && shows(frame.event, frame.cursor)) {
        const { timeNano } = frame.event;
        latest = latest === undefined || timeNano > latest ? timeNano : latest;
      }
      if (frame.kind !== 'replay-end') subscriber.next(frame);
      if (frame.kind === 'ready') subscriber.next({ kind: 'replay-end', cursor: frame.oldest });
    };
    const run = (): void => {
      if (running || timer !== undefined) return;
      running = true;
      for (let frame = held.shift(); frame !== undefined && !subscriber.closed; frame = held.shift()) {
        const wait = waitOf(frame);
        if (wait > 0) {
          const next = frame;
          timer = later(() => arrive(next), wait, scheduler);
          subscriber.add(timer);
          break;
        }
        deliver(frame);
      }
      running = false;
      if (timer !== undefined) waiting.next(true);
      else if (done) subscriber.complete();
      else waiting.next(false);
    };
    const arrive = (frame: Frame): void => {
      timer = undefined;
      deliver(frame);
      run();
    };

    subscriber.add(
      source(waiting).subscribe({
        next: (frame) => {
          held.push(frame);
          run();
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          done = true;
          run();
        },
      }),
    );
  });
}
