/** A daemon's host, over `GET /v1/host`. */
import type { Observable } from 'rxjs';
import { type AskOptions, askObject } from './ask-list.ts';

/** The host of a daemon. */
export interface HostAnswer {
  readonly host: string;
  /** Its IANA time zone. */
  readonly zone: string;
  /** Its clock, in decimal nanoseconds since the Unix epoch. */
  readonly time: string;
  /** The version of the daemon. */
  readonly version: string;
  /** True if it records events. */
  readonly journal: boolean;
}

/**
 * Asks once. Errors are `DaemonError`s.
 *
 * @throws RangeError at the call if the endpoint is invalid
 */
export function askHost(options: AskOptions): Observable<HostAnswer> {
  const read = (answer: Readonly<Record<string, unknown>>): HostAnswer => {
    const { host, zone, time, version } = answer;
    for (const text of [host, zone, time, version]) {
      if (typeof text !== 'string') throw new Error('it names no host');
    }
    return answer as unknown as HostAnswer;
  };
  return askObject('/v1/host', read, options);
}
