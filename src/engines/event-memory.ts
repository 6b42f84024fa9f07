/**
 * Memory of the events that one engine sent: removes repeats, and proves that a stream continues
 * without a hole.
 */
import { dropOldest } from '../../operators/drop-oldest.ts';
import { type IncomingEvent, isGap } from '../event.ts';
import type { Instant } from '../instant.ts';
import { keyOf } from './received.ts';
import { ReconciledEvents } from './reconciled-events.ts';
import type { Position, Received, Session } from './session.ts';

/**
 * Count of remembered events. An engine that keeps fewer gets twice its own count, as events slip
 * out of order.
 */
const REMEMBERED = 4096;

/**
 * Distance before the last event at which a stream is resumed, as events slip out of order. In ns.
 */
const SLIP: Instant = 5_000_000_000n;

const SECOND: Instant = 1_000_000_000n;

export class EventMemory {
  /** Count of each sent event, by its key, oldest first. */
  readonly #counts = new Map<string, number>();
  /** The same for events of whole seconds, in the current session only. */
  readonly #inSession = new Map<string, number>();
  /** Count of events in the current session that had been sent before. */
  matched = 0;
  /** The time of the last event to arrive. */
  latest: Instant | undefined;
  /** Reconciled events. */
  reconciled: ReconciledEvents = new ReconciledEvents();
  /** True after the first session has begun: the next one resumes. */
  begun = false;
  /** The time at which the first session began, by the engine's clock. */
  begunAt: Instant | undefined;
  /** True if sent events may have been forgotten: before `resume`, or before a live session. */
  partial: boolean;

  /** True until the first session has begun, if earlier events are lost: see `FollowOptions`. */
  hasLost: boolean;

  /**
   * @param resume earlier events, and whether others are lost if it has none: see `FollowOptions`
   */
  constructor(resume: readonly IncomingEvent[] = [], hasLost: () => boolean = () => false) {
    for (const event of resume) {
      if (event.attributes['reconciled'] === 'true') {
        // Nothing tells whether the list stated its time: the real one came after the last event.
        const since = this.latest === undefined ? undefined : this.latest - SLIP;
        this.reconciled.add(event, event.timeNano, since);
      } else if (!isGap(event)) {
        this.reconciled.covers(event);
        this.add({ key: keyOf(event), event });
      }
    }
    this.hasLost = this.size === 0 && hasLost();
    this.begun = this.hasLost || this.size > 0;
    this.partial = this.begun;
    this.beginSession();
  }

  /** The same memory for another engine, which may hold the same events. */
  copy(): EventMemory {
    const copy = new EventMemory();
    for (const [key, count] of this.#counts) copy.#counts.set(key, count);
    copy.reconciled = this.reconciled.copy();
    const { latest, begun, begunAt, partial, hasLost } = this;
    return Object.assign(copy, { latest, begun, begunAt, partial, hasLost });
  }

  get size(): number {
    return this.#counts.size;
  }

  /** Begins a connection: its repeats are counted from here. */
  beginSession(): void {
    this.#inSession.clear();
    this.matched = 0;
  }

  /** Forgets all other events: the engine's memory no longer holds them. */
  keepOnly(sent: readonly Received[]): void {
    const kept = sent
      .filter((each) => this.has(each))
      .map(({ key }) => [key, this.#counts.get(key)] as const);
    this.hasLost = false;
    this.#counts.clear();
    for (const [key, count = 1] of kept) this.#counts.set(key, count);
    this.partial = false;
  }

  /** Tests whether the event was sent in any session. */
  has({ key }: Received): boolean {
    return this.#counts.has(key);
  }

  /**
   * Remembers an event. If an engine states whole seconds only, equal events are told apart by
   * count: the third of a session is new if two were sent before.
   *
   * @returns false for a repeat
   */
  add({ key, event }: Received): boolean {
    const before = this.#counts.get(key) ?? 0;
    const nth = event.timeNano % SECOND === 0n ? this.#count(key) : 1;
    if (nth <= before) {
      this.matched++;
      return false;
    }
    this.#counts.delete(key);
    this.#counts.set(key, nth);
    if (this.#counts.size > REMEMBERED) dropOldest(this.#counts);
    if (!isGap(event)) this.latest = event.timeNano;
    return true;
  }

  /** Start of the next session. An engine whose clock was set back is asked for all events. */
  position({ clock }: Pick<Session, 'clock'>): Position {
    const { latest } = this;
    if (latest === undefined) return 'oldest';
    const now = clock?.()?.engine;
    if (now !== undefined && now + SECOND < latest) return 'oldest';
    const from = latest - SLIP;
    return from <= 0n ? 'oldest' : from - (from % SECOND);
  }

  /**
   * Tests whether nothing was missed, judged by the events that an engine sends again. The engine
   * keeps the newest events in the order of their arrival there, without holes: one event that was
   * sent before proves that all later ones are there too.
   *
   * If its memory is full, one is not enough. An engine can store and send an event in two steps,
   * so of two simultaneous events the second may arrive first. If the connection was lost at that
   * moment, the other event would have to be kept *before* it, and could have been pushed out. Two
   * known events exclude that.
   */
  continues(sent: readonly Received[], keeps: number): boolean {
    let found = 0;
    for (const each of sent) if (this.has(each)) found++;
    return found >= (sent.length < keeps || this.size < 2 ? 1 : 2);
  }

  /**
   * Marks the events before the first known one as sent, if fewer events are remembered than the
   * engine keeps: they are older than the memory.
   */
  skipOlder(sent: readonly Received[], keeps: number): void {
    if (!this.partial || this.size >= keeps) return;
    const first = sent.findIndex((each) => this.has(each));
    const { latest } = this;
    for (const older of sent.slice(0, Math.max(0, first))) this.add(older);
    this.latest = latest;
    this.beginSession();
  }

  #count(key: string): number {
    const nth = (this.#inSession.get(key) ?? 0) + 1;
    this.#inSession.set(key, nth);
    if (this.#inSession.size > REMEMBERED) dropOldest(this.#inSession);
    return nth;
  }
}
