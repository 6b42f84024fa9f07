/** The containers of a CRI runtime: asked for, and removed. Starting them is the kubelet's. */
import { EMPTY, map, mergeMap, type Observable, throwError } from 'rxjs';
import type { ContainerState } from '../../../operators/container-state.ts';
import type { EngineControl, Inspected } from '../control.ts';
import { type GrpcClient, overGrpc } from '../grpc/client.ts';
import { gone } from '../grpc/not-found.ts';
import { api } from './api.ts';
import type { Item } from './item.ts';
import { snapshot } from './list.ts';

export function criControl(path: string): EngineControl {
  const all = (client: GrpcClient): Observable<readonly Item[]> =>
    snapshot(client).pipe(map((items) => [...items.values()].filter(({ type }) => type === 'container')));
  const find = (client: GrpcClient, wanted: string): Observable<Item | undefined> =>
    all(client).pipe(map((items) => pick(items, wanted)));
  const refuse = (id: string): Observable<never> =>
    throwError(
      () =>
        new Error(
          `${id} cannot be started by CRI: a container runs once, and the kubelet makes a new one in its place`,
        ),
    );
  return {
    list: () => overGrpc(path, (client) => all(client).pipe(map((items) => items.map(inspectedOf)))),
    inspect: (id) =>
      overGrpc(path, (client) =>
        find(client, id).pipe(map((item) => (item === undefined ? undefined : inspectedOf(item)))),
      ),
    start: refuse,
    restart: refuse,
    remove: (id, force) =>
      overGrpc(path, (client) =>
        find(client, id).pipe(
          mergeMap((item) => {
            if (item === undefined) return EMPTY;
            if (item.state === 'running' && !force) {
              return throwError(
                () => new Error(`${item.name} is running: stop it first, or force its removal`),
              );
            }
            return gone(client.unary(api.removeContainer, { containerId: item.id }, { within: 60_000 }));
          }),
        ),
      ),
  };
}

/** By id, otherwise by name: of equal names, of several attempts of one container, the newest. */
function pick(items: readonly Item[], wanted: string): Item | undefined {
  return (
    items.find(({ id }) => id === wanted) ??
    items
      .filter(({ name }) => name === wanted)
      .reduce<Item | undefined>(
        (newest, item) => ((newest?.createdAt ?? 0n) > (item.createdAt ?? 0n) ? newest : item),
        undefined,
      )
  );
}

function inspectedOf(item: Item): Inspected {
  const { id, name, image, labels, leftOut, state, createdAt, startedAt, finishedAt, exitCode } = item;
  const described: ContainerState = {
    id,
    engine: 'cri',
    name,
    ...(image === '' ? {} : { image }),
    state,
    labels,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(createdAt === undefined ? {} : { createdAt: String(createdAt) }),
    ...(startedAt === undefined ? {} : { startedAt: String(startedAt) }),
    // Without a start there was no run.
    ...(finishedAt === undefined || startedAt === undefined ? {} : { finishedAt: String(finishedAt) }),
    restarts: 0,
    oomKilled: item.reason === 'OOMKilled',
  };
  return { state: described, ...(leftOut === 0 ? {} : { labelsLeftOut: leftOut }) };
}
