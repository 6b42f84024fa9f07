/**
 * The interface to container engines. An {@link Engine} is a plain object: it finds its endpoints
 * and connects to one. A {@link Session} is one connection: events from a position, the events that
 * the engine keeps, its identity and clock. `followEngine` in `follow.ts` does the rest for all
 * engines: back-off, liveness, resuming without hole or repeat, gaps, reconciling.
 *
 * A new engine is a folder with such an object, and one line in `engines/index.ts`.
 */
import type { Observable, SchedulerLike } from 'rxjs';
import type { ContainerState } from '../../operators/container-state.ts';
import type { EventSource, IncomingEvent } from '../event.ts';
import type { Instant } from '../instant.ts';
import type { EngineControl, Inspected } from './control.ts';
import type { Followed } from './followed.ts';
import type { Identities } from './identities.ts';
import type { ClockReading, Position, Session } from './session.ts';

export type { ClockReading, Position, Received, Session } from './session.ts';

/** The process environment, or a part of it: `DOCKER_HOST`, `XDG_RUNTIME_DIR` … */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One kind of engine. Plain data and functions: no state between calls. */
export interface Engine {
  /** As in `--engine NAME` and in `source.engine`: lower case, no spaces. */
  readonly name: string;
  /** The endpoint of `--engine NAME` if none is detected. */
  readonly defaultEndpoint: string;
  /**
   * The endpoints of this kind on this machine, the likeliest first. Quick and synchronous: looks
   * at files and variables, connects to nothing. Called again every few seconds.
   */
  detect(environment: Environment): readonly string[];
  /** The endpoint in its canonical form. @throws RangeError if it is invalid for this engine */
  checkEndpoint(endpoint: string): string;
  /**
   * Connects: emits one session once the engine has answered *as this kind of engine*, and stays
   * open while the connection is useful (a session over plain HTTP may complete at once). Errors if
   * there is no answer, or an answer of another kind of server; the error's `code` (`ENOENT`,
   * `ECONNREFUSED`, `EACCES` …) and message are shown to people. Cold. Unsubscribing stops the
   * session and closes all of its connections at once.
   */
  connect(endpoint: string, context: ConnectContext): Observable<Session>;
  /**
   * Lists, inspects and controls containers, if this kind of engine can. Each call is independent
   * of any session, so that rules and `wait` can use it while a stream is being resumed.
   *
   * @param followed the engines that are followed together; default: this one alone
   */
  control?(endpoint: string, followed?: Followed): EngineControl;
  /**
   * The kind of engine that reports some of its containers itself: they are left out while that
   * engine is followed. The daemon lists again once that engine has answered. Default: none.
   */
  readonly yieldsTo?: string | undefined;
}

/**
 * A source that holds the events of many engines with positions of its own: it follows them itself,
 * with endless reconnecting.
 */
export interface StreamEngine extends Omit<Engine, 'connect' | 'control' | 'yieldsTo'> {
  /**
   * All events after the positions that were recorded, then live ones. Cold; it never errors and
   * never completes. Unsubscribing closes every connection at once.
   */
  stream(options: FollowOptions): Observable<IncomingEvent>;
}

/** The recorded positions of a {@link StreamEngine}, by a name of its own. */
export interface PositionStore {
  /** Positions of the last recorded events. */
  load(): Iterable<readonly [name: string, position: unknown]>;
  /** Called after events: the map holds their positions, and is changed later on. */
  save(positions: ReadonlyMap<string, object>): void;
}

/** Dependencies of a connection, which tests can replace. */
export interface ConnectContext {
  /** The scheduler of timeouts. */
  readonly scheduler: SchedulerLike;
  /**
   * This machine's wall clock: nanoseconds since the Unix epoch. For reports, never for decisions.
   */
  readonly clock: () => Instant;
  /** The engines that are followed together, this one included. */
  readonly followed: Followed;
}

/**
 * State of an engine. `connecting`: no answer yet. `connected`: its events arrive. `absent`:
 * nothing answers at its endpoint. `retrying`: the answer is not that of a working engine of this
 * kind, or the connection was lost. `duplicate`: it is already followed at another endpoint. All
 * but the first two are retried until the subscription ends.
 */
export type EngineState = 'connecting' | 'connected' | 'absent' | 'retrying' | 'duplicate';

/** Reported on every change. */
export interface EngineStatus {
  /** With the identity, once it is known. */
  readonly source: EventSource;
  readonly state: EngineState;
  /** The reason, for people: a clause without a capital or a full stop. */
  readonly detail: string;
  /** The version of the engine or of its API, once connected, if it states one. */
  readonly version?: string | undefined;
  /** The engine's clock minus this machine's, in seconds, ± 1 s. For reports only. */
  readonly clockDifference?: number | undefined;
  /** The reading of the engine's clock behind `clockDifference`. */
  readonly clock?: ClockReading | undefined;
  /**
   * The present start of the stream after a lost connection, by the engine's own clock; `live` for
   * an engine that keeps no events. Undefined before the first connection.
   */
  readonly position?: (() => Position) | undefined;
}

/** Options of `followEngine`. */
export interface FollowOptions {
  /** Address of the engine, e.g. `unix:///var/run/docker.sock`. */
  readonly endpoint: string;
  /**
   * The newest events already held from this engine, oldest first: the stream continues after them,
   * without a repeat. The newest 256 are enough, or all if there are fewer. A function is called once
   * the engine has stated its identity, which is then in `source.id`. Default: none.
   */
  readonly resume?:
    | readonly IncomingEvent[]
    | ((source: EventSource) => readonly IncomingEvent[])
    | undefined;
  /**
   * Tests whether events of this engine may have been held, if none is left to resume from: a gap
   * then comes first. Called after `resume`. Default: no.
   */
  readonly hasLost?: ((source: EventSource) => boolean) | undefined;
  /** Without `resume`: begins with the events that the engine still keeps. Default true. */
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
   * The known states of the engine's containers, for reconciling after a hole: called at the start
   * of a session. Default: no reconciling.
   */
  readonly statesBefore?: ((source: EventSource) => Iterable<ContainerState>) | undefined;
  /** @deprecated `statesBefore` */
  readonly known?: ((source: EventSource) => Iterable<ContainerState>) | undefined;
  /**
   * Called with the list of an engine's containers that was taken for reconciling, between the
   * reconciled events and the events after the list. Default: no call.
   */
  readonly onListed?: ((source: EventSource, containers: readonly Inspected[]) => void) | undefined;
  /**
   * Shared by all engines that are followed together, so that each is followed once. Default: not
   * shared.
   */
  readonly identities?: Identities | undefined;
  /** Positions of a `StreamEngine`. Default: it begins as `history` says. */
  readonly positions?: PositionStore | undefined;
}
