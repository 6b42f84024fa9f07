/** The push side of a subscription: an Observable of all that a walk finds, then of what comes. */
import { Observable, type Subscriber, type Subscription } from 'rxjs';
import type { EngineEvent } from '../event.ts';
import type { Span } from './archive.ts';
import type { Plan } from './plan.ts';
import type { Listener, Registration } from './router.ts';
import type { Follower, Stream } from './stream.ts';
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
      const push = new Push(stream, plan, walker, inner, (gap) => subscriber.next(toEvent(gap)));
      inner.add(() => push.stop());
      push.run();
    });
    candidates.pipe(select).subscribe(subscriber);
  });
}

class Push implements Listener, Follower {
  readonly #stream: Stream;
  readonly #plan: Plan;
  readonly #walker: Walker;
  readonly #target: Subscriber<EngineEvent>;
  readonly #onGap: (gap: Span) => void;
  /** On a route: joined once the replay is over. */
  readonly #registration: Registration | undefined;
  #routed = false;
  #until: Subscription | undefined;
  #replay: Subscription | undefined;
  #replaying = false;

  constructor(
    stream: Stream,
    plan: Plan,
    walker: Walker,
    target: Subscriber<EngineEvent>,
    onGap: (gap: Span) => void,
  ) {
    this.#stream = stream;
    this.#plan = plan;
    this.#walker = walker;
    this.#target = target;
    this.#onGap = onGap;
    this.#registration = plan.route && stream.router.register(plan.route, this);
  }

  run(): void {
    const stream = this.#stream;
    stream.pushes.add(this);
    if (!this.#plan.follow || stream.ended) this.#walker.stopAt = stream.ring.head;
    this.#until = stream.atUntil(this.#plan, () => this.finish());
    this.#replayOn();
  }

  /** Delivers what is due by now and completes: the window or the stream has ended. */
  finish(): void {
    if (this.#walker.stopAt !== Number.POSITIVE_INFINITY) return;
    this.#walker.stopAt = this.#stream.ring.head;
    // What the route did not offer up to here does not match: no need to look at it.
    if (this.#routed) {
      this.#walker.position = Math.max(this.#walker.position, this.#stream.delivered);
    }
    this.#leave();
    if (this.#replay === undefined && !this.#replaying) this.#replayOn();
  }

  advance(): void {
    const { ring } = this.#stream;
    const walker = this.#walker;
    const target = this.#target;
    while (walker.position < ring.head && !target.closed) target.next(ring.at(walker.position++));
  }

  offer(event: EngineEvent): void {
    const walker = this.#walker;
    if (event.seq < walker.position) return;
    walker.position = event.seq + 1;
    this.#registration?.track(event);
    this.#target.next(event);
  }

  stop(): void {
    this.#leave();
    this.#stream.pushes.delete(this);
    this.#until?.unsubscribe();
    this.#replay?.unsubscribe();
  }

  /** Reads on to the end, then waits for more or completes. */
  #replayOn(): void {
    this.#replaying = true;
    this.#replay = undefined;
    const target = this.#target;
    while (!this.#walker.done && !target.closed) {
      const { events, gap, archived } = this.#walker.step(STEP);
      for (const event of events) {
        if (target.closed) return;
        this.#registration?.track(event);
        target.next(event);
      }
      if (gap !== undefined && !target.closed) this.#onGap(gap);
      if (archived) return this.#replayLater();
    }
    this.#replaying = false;
    if (target.closed) return;
    if (this.#walker.stopAt === Number.POSITIVE_INFINITY) this.#join();
    else target.complete();
  }

  #replayLater(): void {
    this.#replaying = false;
    this.#replay = this.#stream.scheduler.schedule(() => this.#replayOn());
  }

  #join(): void {
    this.#routed = this.#registration !== undefined;
    if (this.#registration === undefined) this.#stream.followers.add(this);
    else this.#registration.join();
  }

  #leave(): void {
    if (this.#routed) this.#registration?.leave();
    this.#routed = false;
    this.#stream.followers.delete(this);
  }
}
