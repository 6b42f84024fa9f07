/** Lists, inspects and controls iSulad's containers. */
import { concatMap, EMPTY, ignoreElements, map, mergeMap, type Observable, of } from 'rxjs';
import type { ContainerState, Health, Phase } from '../../../operators/container-state.ts';
import { mapInTurns } from '../../in-turns.ts';
import * as instant from '../../instant.ts';
import { isInRange } from '../../instant-range.ts';
import type { EngineControl, Inspected } from '../control.ts';
import { describeListed } from '../describe-listed.ts';
import { readInspected } from '../docker/inspected.ts';
import { type GrpcClient, overGrpc } from '../grpc/client.ts';
import { api, type CallOutcome, listedContainer } from './api.ts';
import { isNoSuch, mustSucceed, wordsOf } from './call-outcome.ts';

/** Largest list: 100,000 containers have about 25 MB. */
const LARGEST = 128 * 1024 * 1024;

/** Time limits: of iSulad's own work for `Inspect`, in s, of a list and of actions, in ms. */
const INSPECT_TIMEOUT = 10;
const LIST_WITHIN = 40_000;
const ACT_WITHIN = 120_000;

/** Seconds until iSulad kills a container that it restarts: as in its own client. */
const GRACE = 10;

const PHASES: readonly Phase[] = [
  'unknown',
  'created',
  'created',
  'running',
  'exited',
  'paused',
  'restarting',
];

/** iSulad on a Unix socket. */
export function isuladControl(path: string): EngineControl {
  const over = <T>(use: (client: GrpcClient) => Observable<T>): Observable<T> =>
    overGrpc(path, use, { maxMessage: LARGEST });
  const act = (
    use: (client: GrpcClient) => Observable<CallOutcome>,
    isDone: (outcome: CallOutcome) => boolean,
  ) =>
    over((client) =>
      use(client).pipe(
        concatMap((outcome) => (isDone(outcome) ? EMPTY : of(outcome).pipe(mustSucceed()))),
        ignoreElements(),
      ),
    );
  return {
    list: () =>
      over((client) =>
        client.unary(api.list, { all: true }, { within: LIST_WITHIN }).pipe(
          mustSucceed(),
          // Labels and policies are only in the answers to `Inspect`.
          mergeMap(({ containers }) => mapInTurns(containers, listedOf)),
          mergeMap((states) =>
            describeListed(
              states.filter(({ id }) => id !== ''),
              (id) => inspect(client, id),
            ),
          ),
        ),
      ),
    inspect: (id) => over((client) => inspect(client, id)),
    start: (id) =>
      act(
        (client) => client.unary(api.start, { id }, { within: ACT_WITHIN }),
        (outcome) => /already running/i.test(outcome.errmsg),
      ),
    restart: (id, grace) =>
      act(
        (client) =>
          client.unary(
            api.restart,
            { id, timeout: grace === undefined ? GRACE : Math.ceil(grace) },
            { within: ACT_WITHIN },
          ),
        () => false,
      ),
    remove: (id, force) =>
      act(
        (client) => client.unary(api.remove, { id, force, volumes: true }, { within: ACT_WITHIN }),
        isNoSuch,
      ),
  };
}

/** Emits undefined if there is no such container; errors after any other failure. */
function inspect(client: GrpcClient, id: string): Observable<Inspected | undefined> {
  return client.unary(api.inspect, { id, timeout: INSPECT_TIMEOUT }).pipe(
    map((answer) => {
      if (isNoSuch(answer)) return undefined;
      if (answer.cc !== 0) throw new Error(`it answers: ${wordsOf(answer)}`);
      return inspectedOf(JSON.parse(answer.ContainerJSON));
    }),
  );
}

function listedOf(bytes: Uint8Array): ContainerState {
  const container = listedContainer.decode(bytes);
  const { id, name, image, pid, status, exitCode, restartcount, startat, finishat, healthState } = container;
  const state = PHASES[status] ?? 'unknown';
  const on = state === 'running' || state === 'paused';
  const over = state === 'exited' || state === 'restarting';
  return {
    ...{ id, engine: 'isulad' },
    ...(name === '' ? {} : { name }),
    ...(image === '' ? {} : { image }),
    state,
    labels: {},
    ...(on && pid > 0 ? { pid } : {}),
    ...(over ? { exitCode } : {}),
    ...(container.created > 0n ? { createdAt: String(container.created) } : {}),
    ...timeOf('startedAt', startat),
    ...timeOf('finishedAt', finishat),
    restarts: Number(restartcount),
    oomKilled: false,
    ...(isHealth(healthState) ? { health: healthState } : {}),
  };
}

/** An unknown time of iSulad is `-` or in year 1. */
function timeOf(field: 'startedAt' | 'finishedAt', text: string): Partial<ContainerState> {
  try {
    const stated = /^\d{4}-/.test(text) ? instant.parse(text) : 0n;
    const time = isInRange(stated) ? stated : 0n;
    return time > 0n ? { [field]: String(time) } : {};
  } catch {
    return {};
  }
}

function isHealth(text: string): text is Health {
  return text === 'healthy' || text === 'unhealthy' || text === 'starting';
}

/**
 * iSulad's format is Docker's, except for the place of the image and the word for a created
 * container.
 */
function inspectedOf(value: unknown): Inspected {
  const object = record(value);
  const details = record(object['State']);
  const config = record(object['Config']);
  const status = details['Status'] === 'inited' ? 'created' : details['Status'];
  const inspected = readInspected(
    { ...object, State: { ...details, Status: status }, Config: { Image: object['Image'], ...config } },
    'isulad',
  );
  const autoRemove = record(object['HostConfig'])['AutoRemove'] === true;
  return autoRemove ? { ...inspected, autoRemove } : inspected;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
