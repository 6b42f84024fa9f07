/** Lists and removes containerd's containers, and restarts them through its restart monitor. */
import {
  catchError,
  concat,
  defer,
  EMPTY,
  exhaustMap,
  filter,
  ignoreElements,
  map,
  mergeMap,
  type Observable,
  of,
  take,
  throwError,
  timeout,
  timer,
} from 'rxjs';
import { signalNumber } from '../../../operators/signals.ts';
import type { EngineControl } from '../control.ts';
import type { Followed } from '../followed.ts';
import { type GrpcClient, overGrpc } from '../grpc/client.ts';
import { CallError } from '../grpc/error.ts';
import { api, inNamespace } from './api.ts';
import { DockerNamespaces } from './docker-namespaces.ts';
import { type FoundContainer, getOne, listAll } from './list.ts';
import { parseId } from './container-names.ts';
import { gone, orNone } from '../grpc/not-found.ts';
import { isManaged, startingLabels } from './restart-labels.ts';

const SIGTERM = 15;
const SIGKILL = 9;

/** Time for a container to end after its stop signal, by default: in seconds, as in Docker. */
const GRACE = 10;

/**
 * Time limit of an end by SIGKILL, and of a start by the restart monitor, which checks every 10 s:
 * in ms.
 */
const END_WITHIN = 10_000;
const START_WITHIN = 30_000;

/** Interval between checks for the restart monitor's start: in ms. */
const STEP = 200;

export function containerdControl(path: string, followed: Followed | undefined): EngineControl {
  const docker = new DockerNamespaces(followed);
  const list = (client: GrpcClient): Observable<readonly FoundContainer[]> => listAll(client, docker);

  /** Finds by the full id at once, otherwise by name or by an id of any namespace. */
  const find = (client: GrpcClient, wanted: string): Observable<FoundContainer | undefined> => {
    const { id, namespace } = parseId(wanted);
    return getOne(client, namespace, id).pipe(
      mergeMap((one) => (one === undefined ? list(client).pipe(map((all) => pick(all, wanted))) : of(one))),
    );
  };
  const act = (
    wanted: string,
    action: (client: GrpcClient, found: FoundContainer) => Observable<never>,
    missing: Observable<never>,
  ): Observable<never> =>
    overGrpc(path, (client) =>
      find(client, wanted).pipe(mergeMap((found) => (found === undefined ? missing : action(client, found)))),
    );
  return {
    list: () =>
      overGrpc(path, (client) => list(client).pipe(map((all) => all.map(({ inspected }) => inspected)))),
    inspect: (id) => overGrpc(path, (client) => find(client, id).pipe(map((found) => found?.inspected))),
    start: (id) => act(id, start, none(id)),
    restart: (id, grace) => act(id, (client, found) => restart(client, found, grace), none(id)),
    remove: (id, force) => act(id, (client, found) => remove(client, found, force), EMPTY),
  };
}

function none(id: string): Observable<never> {
  return throwError(() => new Error(`containerd has no container ${id}`));
}

function pick(all: readonly FoundContainer[], wanted: string): FoundContainer | undefined {
  const matching = all.filter(({ id, inspected: { state } }) => state.name === wanted || id === wanted);
  if (matching.length < 2) return matching[0];
  const ids = matching.map(({ inspected: { state } }) => state.id);
  throw new Error(`${wanted} names ${matching.length} containers: give one of ${ids.slice(0, 5).join(', ')}`);
}

const isUp = ({ inspected: { state } }: FoundContainer): boolean =>
  state.state === 'running' || state.state === 'paused';

function start(client: GrpcClient, found: FoundContainer): Observable<never> {
  if (isUp(found)) return EMPTY;
  return concat(managed(client, found), running(client, found));
}

function restart(client: GrpcClient, found: FoundContainer, grace: number = GRACE): Observable<never> {
  return concat(
    managed(client, found),
    isUp(found) ? stop(client, found, grace * 1000) : EMPTY,
    running(client, found),
  );
}

/** Makes containerd start it again; refused if its restart monitor does not manage it. */
function managed(client: GrpcClient, { namespace, id, inspected }: FoundContainer): Observable<never> {
  const { labels } = inspected.state;
  if (!isManaged(labels)) {
    return throwError(
      () =>
        new Error(
          `containerd does not start ${inspected.state.name ?? id} by itself: it has no label containerd.io/restart.status; ` +
            'start it with the client that made it (nerdctl, ctr, the kubelet), which holds its input, output and network',
        ),
    );
  }
  const wanted = startingLabels(labels);
  const paths = Object.keys(wanted).map((name) => `labels.${name}`);
  return client
    .unary(
      api.updateContainer,
      { container: { id, labels: wanted }, updateMask: { paths } },
      inNamespace(namespace),
    )
    .pipe(ignoreElements());
}

/** Completes once it runs with a new process. */
function running(client: GrpcClient, { namespace, id, inspected }: FoundContainer): Observable<never> {
  const before = inspected.state.pid;
  return timer(0, STEP).pipe(
    exhaustMap(() => orNone(client.unary(api.getTask, { containerId: id }, inNamespace(namespace)))),
    filter((answer) => answer?.process?.status === 2 && answer.process.pid !== before),
    take(1),
    timeout({
      first: START_WITHIN,
      with: () =>
        throwError(
          () =>
            new Error(
              `containerd's restart monitor did not start ${id} within ${START_WITHIN / 1000} s: it may be disabled, or its policy forbids it`,
            ),
        ),
    }),
    ignoreElements(),
  );
}

/** Ends the task with its stop signal, and after the grace, in ms, with SIGKILL. */
function stop(client: GrpcClient, found: FoundContainer, grace: number): Observable<never> {
  const stated = found.inspected.state.labels['io.containerd.image.config.stop-signal'];
  const signal = signalNumber(stated) ?? SIGTERM;
  const asked = concat(kill(client, found, signal, false), ended(client, found, grace));
  return asked.pipe(
    catchError((error: unknown) =>
      error instanceof CallError && error.code === 'DEADLINE_EXCEEDED'
        ? end(client, found)
        : throwError(() => error),
    ),
  );
}

/** Ends every process of the task at once. */
function end(client: GrpcClient, found: FoundContainer): Observable<never> {
  return concat(kill(client, found, SIGKILL, true), ended(client, found, END_WITHIN));
}

function kill(
  client: GrpcClient,
  { namespace, id }: FoundContainer,
  signal: number,
  all: boolean,
): Observable<never> {
  return gone(client.unary(api.killTask, { containerId: id, signal, all }, inNamespace(namespace)));
}

/** Completes at the end of the task; errors if it still runs after `within` ms. */
function ended(client: GrpcClient, { namespace, id }: FoundContainer, within: number): Observable<never> {
  return gone(client.unary(api.waitTask, { containerId: id }, { ...inNamespace(namespace), within }));
}

function remove(client: GrpcClient, found: FoundContainer, force: boolean): Observable<never> {
  const { namespace, id, snapshotter, snapshotKey, inspected } = found;
  if (isUp(found) && !force) {
    const name = inspected.state.name ?? id;
    return throwError(
      () => new Error(`${name} is ${inspected.state.state}: stop it first, or force its removal`),
    );
  }
  const options = inNamespace(namespace);
  const hasTask = inspected.state.state !== 'exited';
  return concat(
    hasTask ? end(client, found) : EMPTY,
    gone(client.unary(api.deleteTask, { containerId: id }, options)),
    defer(() => gone(client.unary(api.deleteContainer, { id }, options))),
    snapshotKey === ''
      ? EMPTY
      : gone(client.unary(api.removeSnapshot, { snapshotter, key: snapshotKey }, options)),
  );
}
