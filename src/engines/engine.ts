/**
 * The seam to container engines. An {@link Engine} is a plain object: it finds its endpoints, and
 * connects to one. A {@link Session} is one connection: events from a position, what the engine keeps,
 * identity and clock. Everything else (back-off, liveness, resuming without hole or repeat, gaps,
 * reconciling) is the same for all engines and is done by `followEngine` in `follow.ts`.
 *
 * A new engine is a folder with such an object, and one line in `engines/index.ts`.
 */
import type { Observable, SchedulerLike } from 'rxjs';
import type { ContainerState } from '../../operators/container-state.ts';
import type { EventSource, IncomingEvent } from '../event.ts';
import type { Instant } from '../instant.ts';
import type { EngineControl } from './control.ts';
import type { Identities } from './identities.ts';

/** The process environment, or a part of it: `DOCKER_HOST`, `XDG_RUNTIME_DIR` … */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One kind of engine. Plain data and functions: no state between calls. */
export interface Engine {
  /** As in `--engine NAME` and in `source.engine`: lower case, no spaces. */
  readonly name: string;
  /** The endpoint of `--engine NAME` when none is detected. */
  readonly defaultEndpoint: string;
  /**
   * The endpoints of this kind on this machine, the likeliest first. Quick and synchronous: looks at
   * files and variables, connects to nothing. Called again every few seconds.
   */
  detect(environment: Environment): readonly string[];
  /** The endpoint in its canonical form. @throws RangeError if it is invalid for this engine */
  checkEndpoint(endpoint: string): string;
  /**
   * Connects: emits one session once the engine has answered *as this kind of engine*, and stays open
   * as long as the connection is worth keeping (a session over plain HTTP may complete at once).
   * Errors if nobody answers, or somebody else does; the error's `code` (`ENOENT`, `ECONNREFUSED`,
   * `EACCES` …) and message are shown to people. Cold. Unsubscribing stops the session and closes
   * every connection of it at once.
   */
  connect(endpoint: string, context: ConnectContext): Observable<Session>;
  /**
   * Lists, inspects and controls containers, where this kind can. Each call is independent of any
   * session, so that rules and `wait` can ask while a stream is being resumed.
   */
  control?(endpoint: string): EngineControl;
}

/** What a connection gets from outside, so that tests can set it. */
export interface ConnectContext {
  /** The scheduler of timeouts. */
  readonly scheduler: SchedulerLike;
  /** This machine's wall clock: nanoseconds since the Unix epoch. For reports, never for decisions. */
  readonly clock: () => Instant;
}

/**
 * Where a stream begins. `live`: nothing of the past. `oldest`: everything that the engine keeps. An
 * instant, by *the engine's own clock*: everything at or after it (more is allowed: repeats are removed).
 */
export type Position = 'live' | 'oldest' | Instant;

/** One connection to an engine. */
export interface Session {
  /**
   * The source of all its events, made once: `engine`, `endpoint`, and as `id` the engine's own identity
   * where it states one (Docker's `/info` ID). Equal identities are one engine; states are keyed by it.
   */
  readonly source: EventSource;
  /** The version of the engine or of its API, for people. */
  readonly version?: string | undefined;
  /** How many of its newest events the engine keeps for later: 0 for none, `Infinity` for a log of all. */
  readonly keeps: number;
  /**
   * Events from a position, in the engine's order, then live; translated, each with its key. Emits an
   * empty list as soon as the subscription is in effect (or as near to that as the engine lets one know),
   * then lists that are not empty. It should never complete; completing or an error is a lost connection.
   */
  events(from: Position): Observable<readonly Received[]>;
  /**
   * Asks the engine for what it keeps from a position until now, or at least until a second ago, and
   * completes at once. An engine that keeps nothing completes without a value once it has answered some other cheap request. This is the end mark
   * of a replay and the question of the liveness check: an error means that the engine is not well.
   */
  held(from: Position): Observable<readonly Received[]>;
  /**
   * The latest reading of the engine's clock (its `Date` header, its own timestamps), with this machine's
   * clock at that moment; undefined while it has stated none. Orders what an engine says among itself.
   */
  readonly clock?: (() => ClockReading | undefined) | undefined;
}

/** Two wall clocks at one moment, exact to about a second: see `readClock`. */
export interface ClockReading {
  /** Nanoseconds since the Unix epoch. */
  readonly engine: Instant;
  readonly here: Instant;
  /** The moment on a clock that is never set: `performance.now()`, in ms. */
  readonly at: number;
}

/** An event, and what it is recognized by when the engine sends it again: see `received`. */
export interface Received {
  readonly key: string;
  readonly event: IncomingEvent;
}

/**
 * State of an engine. `connecting`: no answer yet. `connected`: its events arrive. `absent`: nobody
 * answers at its endpoint. `retrying`: somebody answers, but not as this engine should, or the connection
 * was lost. `duplicate`: it is an engine that is followed at another endpoint. All but the first two are
 * tried again until the subscription ends.
 */
export type EngineState = 'connecting' | 'connected' | 'absent' | 'retrying' | 'duplicate';

/** Reported whenever it changes. */
export interface EngineStatus {
  /** With the identity, once that is known. */
  readonly source: EventSource;
  readonly state: EngineState;
  /** The reason, for people: a clause without a capital or a full stop. */
  readonly detail: string;
  /** The version of the engine or of its API, once connected, where it has one. */
  readonly version?: string | undefined;
  /** The engine's clock minus ours, in seconds, ± 1 s. Reported, and used for nothing. */
  readonly clockDifference?: number | undefined;
  /** The reading of the engine's clock that this comes from. */
  readonly clock?: ClockReading | undefined;
}

/** Options of `followEngine`. */
export interface FollowOptions {
  /** Address of the engine, e.g. `unix:///var/run/docker.sock`. */
  readonly endpoint: string;
  /**
   * The newest events already held from this endpoint, oldest first: the stream goes on after them, none
   * repeated. The newest 256 are enough, or all where there are fewer. Default: none.
   */
  readonly resume?: readonly IncomingEvent[] | undefined;
  /** Without `resume`: whether what the engine still keeps comes first. Default true. */
  readonly history?: boolean | undefined;
  /** Called on every change of state, first during subscribing. */
  readonly onStatus?: ((status: EngineStatus) => void) | undefined;
  /** The scheduler of back-off, timeouts and liveness. Default: `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
  /** This machine's wall clock: nanoseconds since the Unix epoch. Default: the system's. */
  readonly clock?: (() => Instant) | undefined;
  /** Randomness of back-off, 0 to 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /**
   * The states of the engine's containers as they are known, for reconciling after a hole: called as a
   * session begins. Default: nothing is reconciled.
   */
  readonly known?: ((source: EventSource) => Iterable<ContainerState>) | undefined;
  /** Shared by all engines that are followed together, so that each is followed once. Default: alone. */
  readonly identities?: Identities | undefined;
}
