/** Lists of a CRI runtime. */
import { defaultIfEmpty, forkJoin, from, map, mergeMap, type Observable, of, reduce } from 'rxjs';
import { orNone } from '../grpc/not-found.ts';
import type { GrpcClient } from '../grpc/client.ts';
import { api, type CriListed, type Pod } from './api.ts';
import type { Snapshot } from './changes.ts';
import { type Item, itemOfContainer, itemOfPod } from './item.ts';

/** Containers that are asked for at a time. */
const AT_ONCE = 16;

const STATES = ['created', 'running', 'exited', 'unknown'] as const;

/**
 * Emits once: all pods and containers. A list states no exit codes and no starts, so every container whose state is another
 * than before is asked for; one that is gone by then is left out.
 */
export function snapshot(client: GrpcClient, before: Snapshot = new Map()): Observable<Snapshot> {
  return forkJoin([client.unary(api.listPods, {}), client.unary(api.listContainers, {})]).pipe(
    mergeMap(([{ items }, { containers }]) => {
      const pods = new Map(items.map((pod) => [pod.id, pod]));
      const listed = from(containers).pipe(
        mergeMap((container) => itemOf(client, container, before, pods), AT_ONCE),
        reduce((all, item) => (item === undefined ? all : all.set(item.id, item)), new Map<string, Item>()),
        defaultIfEmpty(new Map<string, Item>()),
      );
      return listed.pipe(map((all) => new Map([...items.map((pod) => podOf(pod, before)), ...all])));
    }),
  );
}

function podOf(pod: Pod, before: Snapshot): readonly [string, Item] {
  const known = before.get(pod.id);
  const isSame = known?.type === 'pod' && (known.state === 'running') === (pod.state === 0);
  return [pod.id, isSame ? known : itemOfPod(pod)];
}

function itemOf(
  client: GrpcClient,
  { id, podSandboxId, state }: CriListed,
  before: Snapshot,
  pods: ReadonlyMap<string, Pod>,
): Observable<Item | undefined> {
  const known = before.get(id);
  if (known?.type === 'container' && known.state === STATES[state]) return of(known);
  return oneContainer(client, id, pods.get(podSandboxId));
}

/** Emits one container; undefined if the id is unknown. */
function oneContainer(client: GrpcClient, id: string, pod: Pod | undefined): Observable<Item | undefined> {
  return orNone(client.unary(api.containerStatus, { containerId: id })).pipe(
    map((answer) => (answer?.status ? itemOfContainer(answer.status, pod) : undefined)),
  );
}
