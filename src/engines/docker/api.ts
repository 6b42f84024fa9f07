/** The two requests that following Docker takes: `/_ping` and `/events`. */
import { concat, filter, map, type Observable, of } from 'rxjs';
import type { EventSource } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { JsonObjects } from '../json-objects.ts';
import { body, get } from '../unix-http.ts';
import { mustBeOk, versionToSpeak } from './answer.ts';
import { hear, type Heard } from './heard.ts';

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

/** Docker reads times as seconds with nine decimals. */
function unixSeconds(time: Instant): string {
  return `${time / 1_000_000_000n}.${String(time % 1_000_000_000n).padStart(9, '0')}`;
}
