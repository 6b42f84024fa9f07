/** Lists, inspects and controls Docker's containers. */
import type { IncomingMessage } from 'node:http';
import {
  asyncScheduler,
  filter,
  ignoreElements,
  map,
  mergeMap,
  type MonoTypeOperatorFunction,
  type Observable,
  of,
  type SchedulerLike,
  startWith,
  tap,
  throwError,
  timeout,
  type TimeoutConfig,
  toArray,
} from 'rxjs';
import type { ContainerState } from '../../../operators/container-state.ts';
import type { EngineControl, Inspected } from '../control.ts';
import { describeListed } from '../describe-listed.ts';
import { body, bodyText, get, type HttpAddress, send } from '../http-client.ts';
import { LabelRoom } from '../label-room.ts';
import { JsonObjects, type JsonPiece } from '../json-objects.ts';
import { mustBeOk, versionToSpeak } from './docker-answer.ts';
import { readInspected, readListed } from './inspected.ts';
import { lastLines } from './logs.ts';

/** Largest description of one container: in bytes. */
const ONE = 4 * 1024 * 1024;

/** Longest silence of a list: in ms. Docker makes all of it before it sends the first byte. */
const SILENCE = 30_000;

/** Docker's API on a Unix socket. */
export function dockerControl(
  address: HttpAddress,
  engine = 'docker',
  versionOf: (answer: IncomingMessage) => string = versionToSpeak,
  scheduler: SchedulerLike = asyncScheduler,
): EngineControl {
  /** Asks for the API version before each call: the daemon may have been replaced. */
  const spoken = <T>(ask: (prefix: string) => Observable<T>): Observable<T> =>
    get(address, '/_ping', (answer) => mustBeOk(answer, () => of(versionOf(answer)))).pipe(
      mergeMap((version) => ask(version === '' ? '' : `/v${version}`)),
    );

  const inspect = (prefix: string, id: string): Observable<Inspected | undefined> =>
    get(address, `${prefix}/containers/${encodeURIComponent(id)}/json`, (answer) =>
      mustBeOk(
        answer,
        () =>
          answer.statusCode === 404
            ? of(undefined)
            : json(answer, ONE).pipe(map((value) => readInspected(value, engine))),
        [200, 404],
      ),
    );

  const act = (method: 'POST' | 'DELETE', path: string, statuses: readonly number[]): Observable<never> =>
    spoken((prefix) =>
      send(address, method, prefix + path, (answer) =>
        mustBeOk(answer, () => bodyText(answer), statuses),
      ).pipe(ignoreElements()),
    );

  return {
    list: () =>
      spoken((prefix) =>
        get(address, `${prefix}/containers/json?all=1`, (answer) =>
          mustBeOk(answer, () => listed(answer, engine, scheduler).pipe(startWith(undefined))),
        ).pipe(
          unlessSilent({ first: SILENCE }, scheduler),
          filter((each) => each !== undefined),
          toArray(),
          mergeMap((all) => describeListed(all, (id) => inspect(prefix, id), scheduler)),
        ),
      ),
    inspect: (id) => spoken((prefix) => inspect(prefix, id)),
    logs: (id, lines) =>
      spoken((prefix) =>
        get(
          address,
          `${prefix}/containers/${encodeURIComponent(id)}/logs?stdout=1&stderr=1&tail=${lines}`,
          (answer) => mustBeOk(answer, () => lastLines(body(answer), lines)),
        ),
      ),
    start: (id) => act('POST', `/containers/${encodeURIComponent(id)}/start`, [204, 304]),
    restart: (id, grace) => {
      const bound = grace === undefined ? '' : `?t=${Math.ceil(grace)}`;
      return act('POST', `/containers/${encodeURIComponent(id)}/restart${bound}`, [204]);
    },
    remove: (id, force) =>
      act('DELETE', `/containers/${encodeURIComponent(id)}?v=1&force=${force ? 1 : 0}`, [204, 404]),
  };
}

function json(answer: IncomingMessage, limit: number): Observable<unknown> {
  return bodyText(answer, limit).pipe(map((text): unknown => JSON.parse(text)));
}

/**
 * Reads the containers of a list one by one: with large labels, the whole list can be hundreds of
 * MiB.
 */
function listed(
  answer: IncomingMessage,
  engine: string,
  scheduler: SchedulerLike,
): Observable<ContainerState> {
  const objects = new JsonObjects(ONE, true);
  const room = new LabelRoom();
  const read = (piece: JsonPiece): ContainerState => room.fit({ state: stateOf(piece, engine) }).state;
  return body(answer).pipe(
    unlessSilent({ each: SILENCE }, scheduler),
    tap({ complete: () => objects.end() }),
    mergeMap((chunk) => objects.push(chunk).map(read)),
  );
}

function unlessSilent<T>(
  limit: Pick<TimeoutConfig<T>, 'first' | 'each'>,
  scheduler: SchedulerLike,
): MonoTypeOperatorFunction<T> {
  const silent = (): Error => new Error(`it sends nothing of its list for ${SILENCE / 1000} s`);
  return timeout({ ...limit, scheduler, with: () => throwError(silent) });
}

function stateOf(piece: JsonPiece, engine: string): ContainerState {
  if ('lost' in piece) throw new Error(`it lists ${piece.lost}`);
  return readListed(JSON.parse(piece.text), engine);
}
