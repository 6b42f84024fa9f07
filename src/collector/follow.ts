/** The push side of a subscription: an Observable of all that a walk finds, then of what comes. */
import { Observable, type Subscriber, type Subscription, type Unsubscribable } from 'rxjs';
import type { EngineEvent } from '../event.ts';
import type { Span } from './archive.ts';
import type { Plan } from './plan.ts';
import type { Listener, Registration } from './router.ts';
import type { Endable, Stream } from './stream.ts';
import type { Walker } from './walker.ts';

/** Events looked at in one step of a replay; after one from the archive others get a turn. */
const STEP = 1024;

/**
 * Replay, then live, without hole or repeat: one position moves over the stream, whether events are read
 * or offered. What {@link Stream.start} throws arrives as the Observable's error.
 *
 * @param toEvent makes the event that stands for what can no longer be had; it passes every filter
 */
export function follow(
  stream: Stream,
  plan: Plan,
  toEvent: (gap: Span) => EngineEvent,
): Observable<EngineEvent> {
  return new Observable((subscriber) => {
    const { walker, select } = stream.start(plan);
    const candidates = new Observable<EngineEvent>((inner) => {
      const push = new Push(stream, plan, inner);
      push.run(walker, plan, (gap) => subscriber.next(toEvent(gap)));
      inner.add(push);
    });
    candidates.pipe(select).subscribe(subscriber);
  });
}

/** How a subscription reads what is past: let go of once it is told of what comes. */
interface Replay {
  readonly walker: Walker;
  readonly onGap: (gap: Span) => void;
}

class Push implements Listener, Endable, Unsubscribable {
  readonly #stream: Stream;
  readonly #target: Subscriber<EngineEvent>;
  readonly #registration: Registration | undefined;
  #replay: Replay | undefined;
  /** Once the replay is over: the number of the first event that it has not been told of. */
  #next = 0;
  #until: Subscription | undefined;
  #turn: Subscription | undefined;

  constructor(stream: Stream, { route }: Plan, target: Subscriber<EngineEvent>) {
    this.#stream = stream;
    this.#target = target;
    this.#registration = route && stream.router.register(route, this);
  }

  run(walker: Walker, plan: Plan, onGap: (gap: Span) => void): void {
    const stream = this.#stream;
    stream.pushes.add(this);
    this.#replay = { walker, onGap };
    if (!plan.follow || stream.ended) walker.stopAt = stream.ring.head;
    this.#until = stream.atUntil(plan, () => this.finish());
    this.#replayOn();
  }

  /** Delivers what is due by now and completes: the window or the stream has ended. */
  finish(): void {
    const { ring } = this.#stream;
    // One that is not replaying has been told of everything up to here.
    if (this.#replay === undefined) this.#target.complete();
    else this.#replay.walker.stopAt = Math.min(this.#replay.walker.stopAt, ring.head);
  }

  offer(event: EngineEvent): void {
    if (event.seq < this.#next) return;
    this.#next = event.seq + 1;
    this.#registration?.track(event);
    this.#target.next(event);
  }

  unsubscribe(): void {
    if (this.#replay === undefined) this.#leave();
    this.#stream.pushes.delete(this);
    this.#until?.unsubscribe();
    this.#turn?.unsubscribe();
  }

  /** Reads on to the end, then waits for more or completes. */
  #replayOn(): void {
    const target = this.#target;
    const { walker, onGap } = this.#replay as Replay;
    while (!walker.done && !target.closed) {
      const { events, gap, archived } = walker.step(STEP);
      for (const event of events) {
        if (target.closed) return;
        this.#registration?.track(event);
        target.next(event);
      }
      if (gap !== undefined && !target.closed) onGap(gap);
      if (archived) return this.#replayLater();
    }
    if (target.closed) return;
    if (walker.stopAt === Number.POSITIVE_INFINITY) this.#join(walker.position);
    else target.complete();
  }

  #replayLater(): void {
    this.#turn = this.#stream.scheduler.schedule(() => this.#replayOn());
  }

  #join(position: number): void {
    this.#replay = undefined;
    this.#next = position;
    if (this.#registration === undefined) this.#stream.followers.add(this.#target);
    else this.#registration.join();
  }

  #leave(): void {
    if (this.#registration === undefined) this.#stream.followers.delete(this.#target);
    else this.#registration.leave();
  }
}
