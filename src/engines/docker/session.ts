/**
 * A session with a Docker daemon.
 *
 * Docker holds its newest 256 events in memory and nothing survives its restart. Asked for `since`, it goes back
 * through them from the newest and stops at the first that is older. Event times are taken before publishing and
 * follow the wall clock, so they slip out of order by a little, or by an hour when the clock is set: resuming by
 * time would then lose events. So a resumed stream always begins with everything held (`since=0`: at most 256, on
 * a Unix socket). Also on one connection Docker may send an event twice: it takes an event into its memory and
 * publishes it in two steps, and a subscription can come in between.
 *
 * One loss is silent on Docker's side: a subscriber that lags by 1,024 events loses what comes next. We read as
 * fast as it comes and never wait for our consumers.
 */
import { map, mergeMap, type Observable } from 'rxjs';
import type { EventSource } from '../../event.ts';
import type { ClockReading, ConnectContext, Session } from '../engine.ts';
import { endpointOf, type HttpAddress } from '../http-client.ts';
import { events, identity, ping } from './api.ts';

/** How many events Docker holds (moby, `daemon/events/events.go`). */
const HOLDS = 256;

/** Connects to a Docker daemon on a Unix socket: see `Engine.connect`. */
export function connectDocker(
  address: HttpAddress,
  engine: string,
  { clock: now }: ConnectContext,
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
      events: (from) => events(address, version, { source, now, since: from !== 'live' }),
      // Until the present second began by the daemon's own clock, asked for now: it may have been set.
      held: () =>
        ping(address, now).pipe(
          mergeMap(({ clock }) => {
            reading = clock ?? reading;
            return events(address, version, { source, now, until: clock?.engine ?? now() });
          }),
        ),
    };
  }
}
