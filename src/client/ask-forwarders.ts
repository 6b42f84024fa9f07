/** A daemon's forwarders, over `GET /v1/forwarders`. */
import type { Observable } from 'rxjs';
import type { ForwarderStatus } from '../forward/status.ts';
import { type AskOptions, askList } from './ask-list.ts';

/**
 * Asks once. Errors are `DaemonError`s.
 *
 * @throws RangeError at the call if the endpoint is invalid
 */
export function askForwarders(options: AskOptions): Observable<readonly ForwarderStatus[]> {
  return askList<ForwarderStatus>('/v1/forwarders', 'forwarders', options);
}
