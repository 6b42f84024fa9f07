/**
 * A session with a Docker daemon.
 *
 * Docker holds its newest 256 events in memory; none survives its restart. For a request with
 * `since`, it goes back from the newest event and stops at the first older one. Event times are
 * taken before publishing and follow the wall clock. So they are slightly out of order, or an hour
 * out of order after the clock is set, and resuming by time would lose events. A resumed stream
 * therefore always begins with all held events (`since=0`: at most 256, on a Unix socket). Docker
 * may also send an event twice on one connection: it stores and publishes an event in two steps,
 * and a subscription can come in between.
 *
 * One loss is silent on Docker's side: a subscriber that lags by 1,024 events loses the next ones.
 * We read at full speed and never wait for our consumers.
 */
import { map, mergeMap, type Observable } from 'rxjs';
import type { EventSource } from '../../event.ts';
import type { ClockReading, ConnectContext, Session } from '../engine.ts';
import { endpointOf, type HttpAddress } from '../http-client.ts';
import { events, identity, ping } from './api.ts';

/** Count of events that Docker holds (moby, `daemon/events/events.go`). */
const HOLDS = 256;

/** Connects to a Docker daemon on a Unix socket: see `Engine.connect`. */
export function connectDocker(
  address: HttpAddress,
  engine: string,
  { clock: now, scheduler }: ConnectContext,
): Observable<Session> {
  return ping(address, now).pipe(
    mergeMap(({ version, clock }) =>
      identity(address, version).pipe(map((id) => session({ id, version, clock }))),
    ),
  );

  function session(known: {
    id: string | undefined;
    version: string;
    clock: ClockReading | undefined;
  }): Session {
    const { id, version } = known;
    const source: EventSource = {
      engine,
      endpoint: endpointOf(address),
      ...(id === undefined ? {} : { id }),
    };
    let reading = known.clock;
    return {
      source,
      version,
      keeps: HOLDS,
      clock: () => reading,
      events: (from) => events(address, version, { source, now, scheduler, since: from !== 'live' }),
      // Reads up to the start of the present second of the daemon's clock. Each call reads that clock:
      // it may have been set.
      held: () =>
        ping(address, now).pipe(
          mergeMap(({ clock }) => {
            reading = clock ?? reading;
            return events(address, version, { source, now, scheduler, until: clock?.engine ?? now() });
          }),
        ),
    };
  }
}
