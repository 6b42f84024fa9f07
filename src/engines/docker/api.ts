/** The two requests that following Docker takes: `/_ping` and `/events`. */
import type { IncomingMessage } from 'node:http';
import { concat, filter, map, mergeMap, type Observable, of, throwError } from 'rxjs';
import type { EventSource } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { JsonObjects } from '../json-objects.ts';
import { body, bodyText, get } from '../unix-http.ts';
import { hear, type Heard } from './heard.ts';

/** The newest version whose events are known; Docker's own clients cap theirs in the same way. */
const NEWEST: readonly [number, number] = [1, 51];

export interface DockerApi {
  /**
   * Asks for the version to speak, as text: the smaller of the daemon's and ours; `''` for a daemon that names
   * none, which then answers as its own version does. Emits once.
   */
  ping(): Observable<string>;
  /**
   * All events that the daemon holds, in its order, then live ones. Emits an empty list when the daemon has
   * accepted, then lists that are not. With `until` it ends once that time has come, without it never.
   */
  events(version: string, until?: Instant): Observable<readonly Heard[]>;
}

/** Docker's API on a Unix socket. */
export function dockerApi(socketPath: string, source: EventSource, now: () => Instant): DockerApi {
  return {
    ping: () => get(socketPath, '/_ping', (answer) => mustBeOk(answer, () => of(versionToSpeak(answer)))),
    events: (version, until) => {
      const prefix = version === '' ? '' : `/v${version}`;
      const bound = until === undefined ? '' : `&until=${unixSeconds(until)}`;
      return get(socketPath, `${prefix}/events?since=0${bound}`, (answer) =>
        mustBeOk(answer, () => {
          const objects = new JsonObjects();
          const heard = map((chunk: Buffer) => objects.push(chunk).map((piece) => hear(piece, source, now)));
          return concat(
            of([]),
            body(answer).pipe(
              heard,
              filter(({ length }) => length > 0),
            ),
          );
        }),
      );
    },
  };
}

/** @throws Error when what answers is not Docker */
function versionToSpeak(answer: IncomingMessage): string {
  if (answer.headers['libpod-api-version'] !== undefined) {
    // It keeps no 256 events but a log that it reads anew for each client, and its times are in no order.
    throw new Error('it is Podman that answers here, whose events cannot be followed as those of Docker');
  }
  const stated = answer.headers['api-version'];
  if (stated === undefined) return '';
  const [, major, minor] = /^(\d{1,3})\.(\d{1,3})$/.exec(String(stated)) ?? [];
  if (major === undefined) throw new Error(`it states an API version that is none: ${quote(String(stated))}`);
  const theirs: readonly [number, number] = [Number(major), Number(minor)];
  return (theirs[0] - NEWEST[0] || theirs[1] - NEWEST[1]) < 0 ? theirs.join('.') : NEWEST.join('.');
}

function mustBeOk<T>(answer: IncomingMessage, read: () => Observable<T>): Observable<T> {
  const { statusCode } = answer;
  if (statusCode === 200) return read();
  return bodyText(answer).pipe(
    mergeMap((text) => throwError(() => new Error(`it answers ${statusCode}: ${quote(message(text))}`))),
  );
}

/** Docker's errors are `{"message":"…"}`; others (a proxy's) are whatever they are. */
function message(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message);
  } catch {
    // Not JSON.
  }
  return text.trim();
}

/** Text of others in a message of ours: one line, no control characters, not endless. */
function quote(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').slice(0, 200);
}

/** Docker reads times as seconds with nine decimals. */
function unixSeconds(time: Instant): string {
  return `${time / 1_000_000_000n}.${String(time % 1_000_000_000n).padStart(9, '0')}`;
}
