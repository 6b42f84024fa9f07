/** The part of Docker's API that following needs: `/_ping`, `/info` and `/events`. */
import { catchError, map, type Observable, of, type SchedulerLike, throwError } from 'rxjs';
import type { EventSource } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { readDate } from '../engine-clock.ts';
import type { ClockReading, Received } from '../engine.ts';
import { httpEvents } from '../http-events.ts';
import { bodyText, get, type HttpAddress } from '../http-client.ts';
import { oneLine } from '../one-line.ts';
import { AnswerError, mustBeOk, versionToSpeak } from './docker-answer.ts';
import { receive } from './receive.ts';

/** Largest `/info`: in bytes. */
const INFO = 4 * 1024 * 1024;

/** A daemon's answer to a ping. */
export interface Ping {
  /** The API version to speak: the smaller of the daemon's and ours; `''` if it names none. */
  readonly version: string;
  readonly clock: ClockReading | undefined;
}

/** Pings the server: emits once. Errors if it is not Docker. */
export function ping(address: HttpAddress, now: () => Instant): Observable<Ping> {
  return get(address, '/_ping', (answer) =>
    mustBeOk(answer, () =>
      of({ version: versionToSpeak(answer), clock: readDate(answer.headers.date, now()) }),
    ),
  );
}

/**
 * The daemon's own ID: emits once. Emits undefined if a proxy lets `/events` through but not
 * `/info`. Errors if the daemon itself fails (5xx): without its ID, its containers would count as
 * those of another engine.
 */
export function identity(address: HttpAddress, version: string): Observable<string | undefined> {
  return get(address, `${prefix(version)}/info`, (answer) =>
    mustBeOk(answer, () => bodyText(answer, INFO).pipe(map(idOf))),
  ).pipe(catchError((error: unknown) => (isRefusal(error) ? of(undefined) : throwError(() => error))));
}

function isRefusal(error: unknown): boolean {
  return error instanceof AnswerError && error.status < 500;
}

/**
 * All events that the daemon holds, in its order, then live ones; with `since: false` live ones
 * only. Emits an empty list once the daemon has accepted the request, then non-empty lists. With
 * `until`, a time by the daemon's clock, it completes at that time; otherwise never.
 */
export function events(
  address: HttpAddress,
  version: string,
  options: {
    readonly source: EventSource;
    readonly now: () => Instant;
    readonly scheduler: SchedulerLike;
    readonly since?: boolean;
    readonly until?: Instant;
  },
): Observable<readonly Received[]> {
  const { source, now, scheduler, since = true, until } = options;
  const bounds = [
    ...(since ? ['since=0'] : []),
    ...(until === undefined ? [] : [`until=${unixSeconds(until)}`]),
  ];
  const path = `${prefix(version)}/events${bounds.length > 0 ? `?${bounds.join('&')}` : ''}`;
  return httpEvents(address, path, (piece) => receive(piece, source, now), scheduler);
}

function prefix(version: string): string {
  return version === '' ? '' : `/v${version}`;
}

function idOf(text: string): string | undefined {
  const info = infoOf(text);
  const { ID: id } = (typeof info === 'object' && info !== null ? info : {}) as { ID?: unknown };
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function infoOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const given = oneLine(text.slice(0, 60));
    throw new Error(`its /info is not JSON, so it is not Docker that answers: ${given}`, { cause: error });
  }
}

/** Formats a time as Docker and Podman read it: seconds with nine decimals. */
export function unixSeconds(time: Instant): string {
  return `${time / 1_000_000_000n}.${String(time % 1_000_000_000n).padStart(9, '0')}`;
}
