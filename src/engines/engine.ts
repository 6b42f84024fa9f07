/** What an engine is to the rest: something to detect, follow and hear the state of. */
import type { Observable, SchedulerLike } from 'rxjs';
import type { EventSource, IncomingEvent } from '../event.ts';
import type { Instant } from '../instant.ts';
import type { EngineControl } from './control.ts';

/**
 * How it stands with an engine: `connecting`, not heard of yet; `connected`, its events arrive; `absent`, nobody
 * answers at its endpoint; `retrying`, somebody answers, but not as this engine should, or the connection was
 * lost. The latter two are tried again until the subscription ends.
 */
export type EngineState = 'connecting' | 'connected' | 'absent' | 'retrying';

/** Reported whenever it changes. */
export interface EngineStatus {
  readonly source: EventSource;
  readonly state: EngineState;
  /** What there is to say, for people: a clause without a capital or a full stop. */
  readonly detail: string;
  /** The version of the engine's API that is spoken, once connected, where it has one. */
  readonly version?: string | undefined;
}

export interface FollowOptions {
  /** Where the engine listens, e.g. `unix:///var/run/docker.sock`. */
  readonly endpoint: string;
  /**
   * The newest events already held from this endpoint, oldest first: followed on from them, none repeated. The
   * newest 256 are enough, or all where there are fewer. Default: none.
   */
  readonly resume?: readonly IncomingEvent[] | undefined;
  /** Without `resume`: whether what the engine still holds comes first. Default true. */
  readonly history?: boolean | undefined;
  /** Told of every change of state, the first during subscribing. */
  readonly onStatus?: ((status: EngineStatus) => void) | undefined;
  /** The clock of back-off and timeouts. Default: the wall clock. */
  readonly scheduler?: SchedulerLike | undefined;
  /** When something is noticed: nanoseconds since the Unix epoch. Default: this machine's clock. */
  readonly clock?: (() => Instant) | undefined;
}

/** One kind of engine. A new one is a new file and one line in `engines/index.ts`. */
export interface Engine {
  /** As in `--engine NAME` and in `source.engine`. */
  readonly name: string;
  /** Where it is when nothing else is said. */
  readonly defaultEndpoint: string;
  /** The endpoints of this kind that are on this machine, the likeliest first. */
  detect(environment: Readonly<Record<string, string | undefined>>): readonly string[];
  /** The endpoint in its canonical form. @throws RangeError when it makes no sense for this engine */
  checkEndpoint(endpoint: string): string;
  /**
   * Follows it: cold, endless. An engine that is absent or goes away is no error: it is reported to `onStatus`
   * and tried again. Unsubscribing closes the connection at once.
   */
  follow(options: FollowOptions): Observable<IncomingEvent>;
  /** What else it takes to know its containers and to act on them, where that is known of this kind. */
  control?(endpoint: string): EngineControl;
}
