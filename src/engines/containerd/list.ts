/** containerd's containers, of all namespaces that are not hidden. */
import { EMPTY, forkJoin, map, mergeMap, type Observable, of, throwError, timeout, toArray } from 'rxjs';
import type { Phase } from '../../../operators/container-state.ts';
import type { Inspected } from '../control.ts';
import type { GrpcClient } from '../grpc/client.ts';
import { instantOf } from '../grpc/timestamp.ts';
import { api, type Container, inNamespace, type Task } from './api.ts';
import type { DockerNamespaces } from './docker-namespaces.ts';
import { describedOf, fullId, nameOf } from './container-names.ts';
import { LabelRoom } from '../label-room.ts';
import { orNone } from '../grpc/not-found.ts';
import { policyOf } from './restart-labels.ts';

/** A container, with its namespace. */
export interface FoundContainer {
  readonly namespace: string;
  /** Its own id, without the namespace. */
  readonly id: string;
  readonly snapshotter: string;
  readonly snapshotKey: string;
  readonly inspected: Inspected;
}

/** Most namespaces requested at a time. */
const AT_ONCE = 4;

/** Time limit of a list that containerd makes in memory, and of the next item of another: in ms. */
const LIST_WITHIN = 30_000;

const PHASES: readonly Phase[] = ['unknown', 'created', 'running', 'exited', 'paused', 'paused'];

/** Emits every container once, in one list. */
export function listAll(client: GrpcClient, docker: DockerNamespaces): Observable<readonly FoundContainer[]> {
  const room = new LabelRoom();
  return client.unary(api.listNamespaces, {}).pipe(
    mergeMap(({ namespaces }) => namespaces),
    mergeMap(({ name }) => listNamespace(client, name, docker, room), AT_ONCE),
    toArray(),
    map((lists) => lists.flat()),
  );
}

const silent = (): Error => new Error(`it sends nothing of its list for ${LIST_WITHIN / 1000} s`);

function listNamespace(
  client: GrpcClient,
  namespace: string,
  docker: DockerNamespaces,
  room: LabelRoom,
): Observable<readonly FoundContainer[]> {
  const options = { ...inNamespace(namespace), within: LIST_WITHIN };
  // The tasks first: a container that starts meanwhile counts as not running, and its `start`
  // follows.
  return client.unary(api.listTasks, {}, options).pipe(
    mergeMap(({ tasks }) => {
      const byId = new Map(tasks.map((task) => [task.id, task]));
      return client.stream(api.listContainers, {}, inNamespace(namespace)).pipe(
        timeout({ each: LIST_WITHIN, with: () => throwError(silent) }),
        mergeMap(({ container }) =>
          container === null ? EMPTY : of(found(namespace, container, byId.get(container.id))),
        ),
        map((one) => ({ ...one, inspected: room.fit(one.inspected) })),
        toArray(),
      );
    }),
    mergeMap((all) =>
      docker
        .hides(
          namespace,
          all.map(({ id }) => id),
        )
        .pipe(map((hidden) => (hidden ? [] : all))),
    ),
  );
}

/** Emits one container; undefined if the id is unknown. */
export function getOne(
  client: GrpcClient,
  namespace: string,
  id: string,
): Observable<FoundContainer | undefined> {
  const options = inNamespace(namespace);
  const task = orNone(client.unary(api.getTask, { containerId: id }, options));
  const container = orNone(client.unary(api.getContainer, { id }, options));
  return forkJoin([container, task]).pipe(
    map(([answer, state]) =>
      answer?.container ? found(namespace, answer.container, state?.process ?? undefined) : undefined,
    ),
  );
}

/** containerd does not state if a container without a task ever ran: it shows as `exited`. */
function found(namespace: string, container: Container, task: Task | undefined): FoundContainer {
  const { id, image, snapshotter, snapshotKey } = container;
  const { labels, leftOut } = describedOf(container);
  const phase = task === undefined ? 'exited' : (PHASES[task.status] ?? 'unknown');
  const ended = phase === 'exited' ? task : undefined;
  const isUp = phase === 'running' || phase === 'paused';
  const createdAt = instantOf(container.createdAt);
  const finishedAt = instantOf(ended?.exitedAt);
  const restartPolicy = policyOf(labels);
  return {
    ...{ namespace, id, snapshotter, snapshotKey },
    inspected: {
      state: {
        id: fullId(namespace, id),
        engine: 'containerd',
        name: nameOf(id, labels),
        ...(image === '' ? {} : { image }),
        state: phase,
        labels,
        ...(isUp && task !== undefined && task.pid !== 0 ? { pid: task.pid } : {}),
        ...(ended === undefined ? {} : { exitCode: ended.exitStatus }),
        ...(createdAt === undefined ? {} : { createdAt: String(createdAt) }),
        ...(finishedAt === undefined ? {} : { finishedAt: String(finishedAt) }),
        restarts: 0,
        oomKilled: false,
      },
      ...(restartPolicy === undefined ? {} : { restartPolicy }),
      ...(leftOut === 0 ? {} : { labelsLeftOut: leftOut }),
    },
  };
}
