/** The push side of a subscription: an Observable of all that a walk finds, then of what comes. */
import { Observable, type Subscriber, type Subscription } from 'rxjs';
import type { EngineEvent } from '../event.ts';
import type { Span } from './archive.ts';
import type { Plan } from './plan.ts';
import type { Listener, Registration } from './router.ts';
import type { Stream } from './stream.ts';
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

class Push implements Listener {
  readonly #stream: Stream;
  readonly #plan: Plan;
  readonly #walker: Walker;
  readonly #target: Subscriber<EngineEvent>;
  readonly #onGap: (gap: Span) => void;
  readonly #registration: Registration | undefined;
  /** Told of events, on its route or of all, once the replay is over. */
  #joined = false;
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
    // What it was not told of up to here does not match: no need to look at it.
    if (this.#joined) {
      this.#walker.position = Math.max(this.#walker.position, this.#stream.delivered);
    }
    this.#leave();
    if (this.#replay === undefined && !this.#replaying) this.#replayOn();
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
    this.#joined = true;
    if (this.#registration === undefined) this.#stream.followers.add(this.#target);
    else this.#registration.join();
  }

  #leave(): void {
    if (!this.#joined) return;
    this.#joined = false;
    if (this.#registration === undefined) this.#stream.followers.delete(this.#target);
    else this.#registration.leave();
  }
}
