/** One connection to an engine, and the events that it brings. */
import type { Observable } from 'rxjs';
import type { EventSource, IncomingEvent } from '../event.ts';
import type { Instant } from '../instant.ts';

/**
 * Start of a stream. `live`: no past events. `oldest`: all events that the engine keeps. An
 * instant, by *the engine's own clock*: all events at or after it (more is allowed: repeats are
 * removed).
 */
export type Position = 'live' | 'oldest' | Instant;

/** One connection to an engine. */
export interface Session {
  /**
   * The source of all its events, one object: `engine`, `endpoint`, and as `id` the engine's own
   * identity if it states one (Docker's `/info` ID). Equal identities are one engine; they are the
   * key of states.
   */
  readonly source: EventSource;
  /** The version of the engine or of its API, for people. */
  readonly version?: string | undefined;
  /** Count of past events that the engine keeps: 0 for none, `Infinity` for a log of all. */
  readonly keeps: number;
  /** Describes a special way in which its events arrive, for people. Called once they do. */
  readonly note?: (() => string | undefined) | undefined;
  /**
   * Events from a position, in the engine's order, then live; translated, each with its key. Emits
   * an empty list as soon as the subscription is in effect (or as close to that as the engine's
   * protocol allows), then non-empty lists. It should never complete; a completion or an error
   * means a lost connection.
   */
  events(from: Position): Observable<readonly Received[]>;
  /**
   * Requests the events that the engine keeps, from a position until now or at least until a second
   * ago, and completes at once. An engine that keeps nothing completes without a value, after it
   * has answered some other cheap request. This marks the end of a replay and checks liveness: an
   * error means that the engine is not well.
   */
  held(from: Position): Observable<readonly Received[]>;
  /**
   * The latest reading of the engine's clock (its `Date` header, its own timestamps), with this
   * machine's clock at that moment; undefined until the engine states a time. Orders the engine's
   * own statements.
   */
  readonly clock?: (() => ClockReading | undefined) | undefined;
}

/** Two wall clocks at one moment, exact to about a second: see `readClock`. */
export interface ClockReading {
  /** Nanoseconds since the Unix epoch. */
  readonly engine: Instant;
  readonly here: Instant;
  /** The moment on a monotonic clock: `performance.now()`, in ms. */
  readonly at: number;
}

/** An event, and its key, which recognizes it when the engine sends it again: see `received`. */
export interface Received {
  readonly key: string;
  readonly event: IncomingEvent;
}
