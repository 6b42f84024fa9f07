/**
 * One session: events of an engine without hole or repeat, and a gap where there was a hole.
 *
 * Nothing in a stream marks the end of the replay, and times prove nothing: events are out of
 * order, and clocks are set. So the session first subscribes, and then requests the events that the
 * engine keeps; that answer ends. An engine writes its replay as soon as it has accepted the
 * subscription, so the replay has arrived by then. Until then a resumed stream is held back, unless
 * repeated events prove earlier that it continues (`EventMemory.continues`).
 *
 * An engine that keeps nothing cannot be resumed: every session but the first begins with a gap.
 */
import {
  delay,
  mergeMap,
  Observable,
  type SchedulerLike,
  type Subscriber,
  Subscription,
  takeUntil,
  timer,
  toArray,
} from 'rxjs';
import { gapEvent, type IncomingEvent } from '../event.ts';
import type { Instant } from '../instant.ts';
import { answering } from './answering.ts';
import type { Inspected } from './control.ts';
import { engineNow } from './engine-clock.ts';
import type { Position, Received, Session } from './engine.ts';
import { liveness } from './liveness.ts';
import type { EventMemory } from './event-memory.ts';
import type { Reconciled, Reconciler } from './reconciler.ts';

/** Time limit for the list of kept events: in ms. */
const HELD_WITHIN = 5000;

/** Additional time for a slow replay, after the engine has answered the other request: in ms. */
const GRACE = 100;

/** Most events held back, and most characters of them. */
const WAITING = 10_000;
const WAITING_SIZE = 16 * 1024 * 1024;

export interface ListenOptions {
  readonly memory: EventMemory;
  /** True if the engine's kept events come first when nothing is resumed. */
  readonly history: boolean;
  readonly scheduler: SchedulerLike;
  /** This machine's clock: the time of noticing a gap. */
  readonly clock: () => Instant;
  /** Called after the past events are delivered: later events are new. */
  readonly onConnected: () => void;
  /** Reconciles after a hole: see `Reconciler`. Default: no reconciling. */
  readonly reconciler?: Reconciler | undefined;
  /** Called with the reconciler's list, after its events. Default: no call. */
  readonly onListed?: ((containers: readonly Inspected[]) => void) | undefined;
}

/** Emits the events of one session; errors if the connection is lost or found dead. */
export function listen(session: Session, options: ListenOptions): Observable<IncomingEvent> {
  return new Observable((out) => {
    const { memory, scheduler } = options;
    const listening = new Listening(session, options, out);
    out.add(listening.questions);
    const fail = (error: unknown): void => out.error(error);
    const silent = liveness(session, { memory, scheduler, arrived: () => listening.arrived });
    out.add(silent.subscribe({ error: fail }));
    out.add(
      session
        .events(listening.from)
        .pipe(answering(scheduler))
        .subscribe({
          next: (batch) => listening.take(batch),
          error: fail,
          complete: () => fail(new Error('the connection ended')),
        }),
    );
  });
}

class Listening {
  readonly from: Position;
  /** Pending requests: for kept events, and for a list of containers. */
  readonly questions: Subscription = new Subscription();
  /** Count of batches so far. */
  arrived = 0;
  readonly #session: Session;
  readonly #options: ListenOptions;
  readonly #out: Subscriber<IncomingEvent>;
  #accepted = false;
  /** True once the replay has arrived: later events are new. */
  #replayed = false;
  #connected = false;
  /** Events held back until it is decided whether there is a hole; undefined after the decision. */
  #waiting: Received[] | undefined;
  #size = 0;
  /** Events held back until a list of containers arrives. */
  #listing: Received[] | undefined;

  constructor(session: Session, options: ListenOptions, out: Subscriber<IncomingEvent>) {
    const { memory, history } = options;
    this.#session = session;
    this.#options = options;
    this.#out = out;
    this.#waiting = memory.begun ? [] : undefined;
    this.from = memory.begun ? memory.position(session) : history ? 'oldest' : 'live';
    if (this.from === 'live') memory.partial = true;
    memory.beginSession();
  }

  take(batch: readonly Received[]): void {
    this.arrived++;
    if (!this.#accepted) this.#accept();
    if (this.#listing !== undefined) {
      this.#hold(batch, this.#listing);
      if (this.#full(this.#listing)) this.#reconciled({ events: [], listedAt: 0n });
      return;
    }
    if (this.#waiting === undefined) return this.#emit(batch);
    const { keeps } = this.#session;
    this.#hold(batch, this.#waiting);
    const { memory } = this.#options;
    // Before the end of the replay it is unknown whether the engine's memory is full.
    if (memory.continues(this.#waiting, Math.min(keeps, this.#waiting.length))) {
      this.#decide(this.#waiting);
    } else if (this.#full(this.#waiting)) this.#settle([]);
  }

  /** Called once the subscription is in effect. */
  #accept(): void {
    this.#accepted = true;
    const { memory, scheduler, clock } = this.#options;
    memory.begun = true;
    memory.begunAt ??= engineNow(this.#session, clock());
    if (this.#session.keeps === 0 || this.from === 'live') {
      this.#replayed = true;
      return this.#settle([]);
    }
    const held = this.#session.held(this.from).pipe(
      answering(scheduler),
      takeUntil(timer(HELD_WITHIN, scheduler)),
      mergeMap((batch) => batch),
      toArray(),
      delay(GRACE, scheduler),
    );
    this.questions.add(
      held.subscribe({
        next: (kept) => {
          this.#replayed = true;
          this.#settle(kept);
        },
        error: (error: unknown) => this.#out.error(error),
      }),
    );
  }

  /**
   * Decides at the end of the replay, or if too much of it is held back.
   *
   * @param kept the events that the engine keeps, if it reports them
   */
  #settle(kept: readonly Received[]): void {
    if (this.#waiting !== undefined) {
      const { memory } = this.#options;
      const { keeps } = this.#session;
      // Without a history nothing proves it, also if no event was seen yet.
      const proof =
        keeps === 0 ? undefined : [kept, this.#waiting].find((sent) => memory.continues(sent, keeps));
      const sent = kept.length > this.#waiting.length ? kept : this.#waiting;
      const position = memory.latest ?? memory.begunAt;
      this.#decide(proof ?? sent, proof === undefined ? this.#missing(sent) : undefined);
      if (proof === undefined) return this.#reconcile(position);
    }
    this.#connect();
  }

  /**
   * Nothing proves that the stream continues: the list of containers shows the missed changes. New
   * events are held back until it arrives.
   */
  #reconcile(position: Instant | undefined): void {
    const { reconciler, clock } = this.#options;
    if (reconciler === undefined) return this.#connect();
    this.#listing = [];
    this.#size = 0;
    const ask = reconciler.ask(position, () => engineNow(this.#session, clock()));
    this.questions.add(ask.subscribe((reconciled) => this.#reconciled(reconciled)));
  }

  #reconciled({ events, listed, listedAt }: Reconciled): void {
    const waiting = this.#listing;
    // The hold-back buffer overflowed before the answer.
    if (waiting === undefined) return;
    for (const event of events) {
      if (this.#out.closed) return;
      this.#options.memory.reconciled.add(event, listedAt);
      this.#out.next(event);
    }
    this.#listing = undefined;
    if (listed !== undefined) this.#options.onListed?.(listed);
    this.#emit(waiting);
    this.#connect();
  }

  #hold(batch: readonly Received[], waiting: Received[]): void {
    for (const each of batch) {
      waiting.push(each);
      this.#size += sizeOf(each.event);
    }
  }

  #full(waiting: readonly Received[]): boolean {
    return waiting.length > WAITING || this.#size > WAITING_SIZE;
  }

  /** Reports the end of the past: the replay has arrived, and nothing is held back. */
  #connect(): void {
    const isHeldBack = this.#waiting !== undefined || this.#listing !== undefined;
    if (this.#connected || !this.#replayed || isHeldBack) return;
    this.#connected = true;
    this.#options.onConnected();
  }

  /** The reason why events may be missing; undefined without a reason. */
  #missing(sent: readonly Received[]): string | undefined {
    const { source, keeps } = this.#session;
    const { engine } = source;
    if (keeps === 0) return `${engine} keeps no events: those of the time without a connection are missing`;
    if (sent.length >= keeps)
      return `more than the ${keeps} events that ${engine} keeps happened while there was no connection`;
    const { memory } = this.#options;
    if (memory.hasLost) return `the events of ${engine} from before the restart are lost, and perhaps others`;
    if (memory.size === 0) return undefined;
    return keeps === Infinity
      ? `the log of ${engine} has none of the events seen before: it was cut or replaced`
      : `${engine} keeps none of the events seen before: it was restarted, and its memory with it`;
  }

  #decide(sent: readonly Received[], missing?: string): void {
    const { memory } = this.#options;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    if (missing === undefined) memory.skipOlder(sent, this.#session.keeps);
    else {
      this.#out.next(this.#gap(sent[0], missing));
      memory.keepOnly(sent);
    }
    this.#emit(waiting);
  }

  #emit(batch: readonly Received[]): void {
    const { memory } = this.#options;
    for (const each of batch) {
      // The subscriber may unsubscribe in between.
      if (this.#out.closed) return;
      if (!memory.add(each) || memory.reconciled.covers(each.event)) continue;
      this.#options.reconciler?.fold(each.event);
      this.#out.next(each.event);
    }
  }

  /**
   * Makes the gap from the last event to the next one: by the engine's clock, unless that was set
   * back.
   */
  #gap(next: Received | undefined, detail: string): IncomingEvent {
    const { memory, clock } = this.#options;
    const since = memory.latest ?? memory.begunAt;
    const until = next?.event.timeNano ?? engineNow(this.#session, clock());
    memory.latest = until;
    const forward = since === undefined || since <= until;
    const span = forward ? { since, until } : {};
    return gapEvent({
      source: this.#session.source,
      timeNano: clock(),
      reason: 'upstream',
      detail,
      ...span,
    });
  }
}

/** Approximate characters of an event. */
function sizeOf({ id, action, attributes }: IncomingEvent): number {
  let size = id.length + action.length;
  for (const key of Object.keys(attributes)) size += key.length + (attributes[key] as string).length;
  return size;
}
