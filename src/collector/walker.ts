/** A place in the stream that moves on: from the archive over the ring to the newest event. */
import type { EngineEvent } from '../event.ts';
import type { Archive, Span, Window } from './archive.ts';
import type { Ring } from './ring.ts';

/** What one step over the stream found. */
export interface Step {
  readonly events: readonly EngineEvent[];
  readonly gap?: Span | undefined;
  /** Whether the events came from the archive rather than from memory. */
  readonly archived: boolean;
}

const NOTHING: Step = { events: [], archived: false };

/**
 * Reads the stream in order, at the pace of whoever calls {@link Walker.step}. It holds a number and no
 * events, so standing still costs nothing; what it can no longer have, it says.
 */
export class Walker {
  /** The number of the next event to look at. */
  position: number;
  /** Where to stop; without it the walk goes on with the stream. */
  stopAt: number = Number.POSITIVE_INFINITY;
  readonly #ring: Ring;
  readonly #archive: Archive | undefined;
  #window: Window;
  /** Once a walker was in memory, what it loses is its own lag, not history's end. */
  #wasInMemory: boolean;
  #announced: Span | undefined;

  constructor(ring: Ring, archive: Archive | undefined, position: number, window: Window) {
    this.#ring = ring;
    this.#archive = archive;
    this.#window = window;
    this.position = position;
    this.#wasInMemory = position >= ring.oldest;
  }

  /** Has the next step tell of a gap before anything else. */
  announce(gap: Span): void {
    this.#announced = gap;
  }

  /** Where this walk is done for now. */
  get end(): number {
    return Math.min(this.stopAt, this.#ring.head);
  }

  /** Whether everything up to the end was read. */
  get done(): boolean {
    return this.position >= this.end && this.#announced === undefined;
  }

  /** Reads on: up to about `limit` events that may match the window, or the gap that comes next. */
  step(limit: number): Step {
    if (this.done) return NOTHING;
    const gap = this.#announced;
    if (gap !== undefined) {
      this.#announced = undefined;
      return { events: [], gap, archived: false };
    }
    return this.position < this.#ring.oldest ? this.#stepArchive(limit) : this.#stepRing(limit);
  }

  #stepRing(limit: number): Step {
    this.#wasInMemory = true;
    const { since, until } = this.#window;
    const from = this.#ring.seek(this.position, since, until);
    const to = Math.min(from + limit, this.end);
    const events: EngineEvent[] = [];
    for (let seq = from; seq < to; seq++) events.push(this.#ring.at(seq));
    this.position = Math.max(from, to);
    return { events, archived: false };
  }

  #stepArchive(limit: number): Step {
    const held = Math.min(this.#ring.oldest, this.stopAt);
    const archive = this.#archive;
    const oldest = archive === undefined ? held : Math.min(archive.oldest, held);
    if (archive === undefined || this.position < oldest) return this.#lose(oldest);
    const { events, next, gap } = archive.read(this.position, held, limit, this.#window);
    // An archive that knows nothing more although memory has moved on (its disk cannot keep up) has lost it.
    if (next <= this.position && gap === undefined) return this.#lose(held);
    this.position = next;
    this.#followRenames(events);
    return { events, gap, archived: true };
  }

  /** A name follows its container: from here on, events of that id are wanted too. */
  #followRenames(events: readonly EngineEvent[]): void {
    const { about } = this.#window;
    if (about === undefined) return;
    const renamed = events.filter(({ action, id, attributes }) => {
      const before = attributes['oldName']?.replace(/^\//, '') ?? '';
      return action === 'rename' && !about.includes(id) && about.includes(before);
    });
    if (renamed.length > 0)
      this.#window = { ...this.#window, about: [...about, ...renamed.map(({ id }) => id)] };
  }

  #lose(next: number): Step {
    const gap: Span = {
      from: this.position,
      to: next - 1,
      reason: this.#wasInMemory ? 'overflow' : 'expired',
    };
    this.position = next;
    return { events: [], gap, archived: false };
  }
}
