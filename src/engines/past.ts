/** Memory of what one engine sent: removes repeats, and proves that a stream goes on without a hole. */
import { dropOldest } from '../../operators/drop-oldest.ts';
import { type IncomingEvent, isGap } from '../event.ts';
import type { Instant } from '../instant.ts';
import type { Position, Received, Session } from './engine.ts';
import { keyOf } from './received.ts';
import { Told } from './told.ts';

/** Events that are remembered: for an engine that keeps fewer, twice as many as that, against slips of order. */
const REMEMBERED = 4096;

/** How far before the last event a stream is resumed: events slip out of order. In ns. */
const SLIP: Instant = 5_000_000_000n;

const SECOND: Instant = 1_000_000_000n;

export class Past {
  /** How often each event was sent, by its key, the oldest first. */
  readonly #counts = new Map<string, number>();
  /** The same for events of whole seconds, in the current session alone. */
  readonly #inSession = new Map<string, number>();
  /** Events of the current session that had been sent before. */
  matched = 0;
  /** The time of the event that arrived last. */
  latest: Instant | undefined;
  /** What was reconciled. */
  readonly told: Told = new Told();
  /** Whether a session has begun at any time, so that the next one resumes. */
  begun = false;
  /** Whether events may have been sent that are not remembered: before `resume`, or before a live session. */
  partial: boolean;

  /** @param resume events from before: see `FollowOptions.resume` */
  constructor(resume: readonly IncomingEvent[] = []) {
    for (const event of resume) {
      if (event.attributes['reconciled'] === 'true') this.told.add(event, event.timeNano);
      else if (!isGap(event)) this.add({ key: keyOf(event), event });
    }
    this.begun = this.size > 0;
    this.partial = this.begun;
    this.beginSession();
  }

  get size(): number {
    return this.#counts.size;
  }

  /** A connection begins: what it repeats is counted from its start. */
  beginSession(): void {
    this.#inSession.clear();
    this.matched = 0;
  }

  /** Forgets all events but these: others have nothing to do with the engine's memory any more. */
  keepOnly(sent: readonly Received[]): void {
    const kept = sent
      .filter((each) => this.has(each))
      .map(({ key }) => [key, this.#counts.get(key)] as const);
    this.#counts.clear();
    for (const [key, count = 1] of kept) this.#counts.set(key, count);
    this.partial = false;
  }

  /** Whether such an event was sent at any time. */
  has({ key }: Received): boolean {
    return this.#counts.has(key);
  }

  /**
   * Remembers an event. Where an engine states whole seconds only, equal events are told apart by how many
   * there are: the third of a session is new if two were sent before.
   *
   * @returns false if it is a repeat
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

  /** Where the next session begins. An engine whose clock was set back is asked for everything. */
  position({ clock }: Pick<Session, 'clock'>): Position {
    const { latest } = this;
    if (latest === undefined) return 'oldest';
    const now = clock?.()?.engine;
    if (now !== undefined && now + SECOND < latest) return 'oldest';
    const from = latest - SLIP;
    return from <= 0n ? 'oldest' : from - (from % SECOND);
  }

  /**
   * Whether nothing was missed, judged by what an engine sends again. It keeps the newest in the order in
   * which it took them, without holes: one that was sent before proves that all after it are there too.
   *
   * Where its memory is full one is not enough. An engine can take an event and send it in two steps, so
   * that of two at once the second is the first to arrive: had the connection been lost just then, the
   * other would have to be kept *before* it, and could have been pushed out. Two exclude that.
   */
  continues(sent: readonly Received[], keeps: number): boolean {
    let found = 0;
    for (const each of sent) if (this.has(each)) found++;
    return found >= (sent.length < keeps ? 1 : Math.min(2, this.size));
  }

  /**
   * Takes what is kept from before the first known event as sent, where fewer events are remembered than
   * the engine keeps: it is older than what is remembered.
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
