/** A daemon's engines, over `GET /v1/engines`. */
import type { Observable } from 'rxjs';
import { type AskOptions, askList } from './ask-list.ts';

/** An engine as a daemon reports it. */
export interface EngineAnswer {
  readonly engine: string;
  readonly endpoint?: string;
  /** The engine's own identity, if it states one. */
  readonly id?: string;
  readonly state: string;
  /** The reason, for people. */
  readonly detail: string;
  readonly version?: string;
  /** The engine's clock minus the daemon's: in seconds, ± 1. */
  readonly clockDifference?: number;
  /**
   * The start of the stream after a lost connection, by the engine's own clock: decimal nanoseconds
   * since the Unix epoch; `oldest` for all kept events; `live` if the engine keeps none.
   */
  readonly position?: string;
  /** The time of the last event to arrive: nanoseconds since the Unix epoch, in decimal. */
  readonly lastEvent?: string;
  /** Count of events since the daemon started. */
  readonly events?: number;
  readonly reconnects?: number;
}

/**
 * Asks once. Errors are `DaemonError`s.
 *
 * @throws RangeError at the call if the endpoint is invalid
 */
export function askEngines(options: AskOptions): Observable<readonly EngineAnswer[]> {
  return askList<EngineAnswer>('/v1/engines', 'engines', options);
}
