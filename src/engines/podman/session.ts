/**
 * A session with Podman's service (libpod REST, 4.0 and later), rootful or rootless.
 *
 * Podman keeps its events in a log (journald, or a file that is cut at 1 MB). Containers write to
 * it without the service, so it has the events of the service's downtime. `since` and `until` are
 * exclusive, and times are not in order, so a stream resumes some seconds early. In 4.3 a past
 * `until` returns next to nothing; `stream=false` without `until` ends by itself.
 */
import type { IncomingMessage } from 'node:http';
import { map, mergeMap, type Observable, of } from 'rxjs';
import type { EventSource } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { mustBeOk } from '../docker/docker-answer.ts';
import { unixSeconds } from '../docker/api.ts';
import { record, string } from '../docker/translate.ts';
import { readDate } from '../engine-clock.ts';
import type { ClockReading, ConnectContext, Position, Received, Session } from '../engine.ts';
import { httpEvents } from '../http-events.ts';
import type { JsonPiece } from '../json-objects.ts';
import { received, unreadable } from '../received.ts';
import { bodyText, endpointOf, get, type HttpAddress } from '../http-client.ts';
import { PodmanTranslator } from './translate.ts';

/** Largest `/info`: in bytes. */
const INFO = 4 * 1024 * 1024;

/** Age of the oldest events read from the log if nothing is resumed: in ns, by Podman's clock. */
const HISTORY: Instant = 86_400_000_000_000n;

/** The version that Podman states. @throws Error if the server is not Podman */
export function libpodVersion({ headers }: IncomingMessage): string {
  const version = headers['libpod-api-version'];
  if (typeof version === 'string' && /^\d{1,3}(\.\d{1,3}){1,2}$/.test(version)) return version;
  throw new Error('it is not Podman that answers here: there is no Libpod-Api-Version');
}

interface Answered {
  readonly version: string;
  readonly clock: ClockReading | undefined;
}

/** Connects to Podman's service on a Unix socket: see `Engine.connect`. */
export function connectPodman(
  address: HttpAddress,
  { clock: now, scheduler }: ConnectContext,
): Observable<Session> {
  const ping = get(address, '/_ping', (answer) =>
    mustBeOk(answer, () =>
      of<Answered>({ version: libpodVersion(answer), clock: readDate(answer.headers.date, now()) }),
    ),
  );
  return ping.pipe(
    mergeMap((answered) =>
      get(address, `/v${answered.version}/libpod/info`, (answer) =>
        mustBeOk(answer, () => bodyText(answer, INFO)),
      ).pipe(map((text) => session(answered, identityOf(text)))),
    ),
  );

  function session({ version, clock }: Answered, id: string | undefined): Session {
    const endpoint = endpointOf(address);
    const source: EventSource = { engine: 'podman', endpoint, ...(id === undefined ? {} : { id }) };
    let reading = clock;
    const events = (from: Position, stream: boolean): Observable<readonly Received[]> => {
      const translator = new PodmanTranslator(source, now);
      const oldest = (reading?.engine ?? now()) - HISTORY;
      const since = from === 'live' ? '' : `&since=${unixSeconds(from === 'oldest' ? oldest : from)}`;
      const path = `/v${version}/libpod/events?stream=${stream}${since}`;
      return httpEvents(address, path, (piece) => receive(piece, translator, source, now), scheduler);
    };
    return {
      source,
      version,
      keeps: Number.POSITIVE_INFINITY,
      clock: () => reading,
      events: (from) => events(from, true),
      held: (from) =>
        ping.pipe(
          mergeMap((answered) => {
            reading = answered.clock ?? reading;
            return events(from, false);
          }),
        ),
    };
  }
}

function receive(
  piece: JsonPiece,
  translator: PodmanTranslator,
  source: EventSource,
  now: () => Instant,
): Received {
  if ('lost' in piece) return unreadable(`Podman sent ${piece.lost}`, piece.head, source, now());
  try {
    return received(translator.translate(piece.text));
  } catch (error) {
    const why = (error as Error).message;
    return unreadable(`Podman sent an event that cannot be read (${why})`, piece.text, source, now());
  }
}

/** Podman states no ID of its own: its host and storage directory identify it as well. */
function identityOf(info: string): string | undefined {
  const { host, store } = record(JSON.parse(info));
  const hostname = string(record(host)['hostname']);
  const root = string(record(store)['graphRoot']);
  return hostname === undefined || root === undefined ? undefined : `${hostname}:${root}`;
}
