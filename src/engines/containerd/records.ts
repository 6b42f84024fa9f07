/**
 * Descriptions of containers, which events lack: requested once and remembered, as they vanish with
 * the container.
 */
import { catchError, map, type Observable, of, shareReplay, tap } from 'rxjs';
import type { GrpcClient } from '../grpc/client.ts';
import { api, inNamespace } from './api.ts';
import { type ContainerDescription, describedOf, fullId } from './container-names.ts';
import type { Message } from './translate.ts';

/** Most characters of all descriptions together, and the size of one without its texts. */
const MOST = 16 * 1024 * 1024;
const ENTRY = 128;

/** Time limit of a request, while later events wait for the answer: in ms. */
const ANSWER_WITHIN = 2000;

export class Records {
  readonly #client: GrpcClient;
  readonly #known = new Map<string, ContainerDescription>();
  readonly #asked = new Map<string, Observable<ContainerDescription | undefined>>();
  #size = 0;

  constructor(client: GrpcClient) {
    this.#client = client;
  }

  /** Emits once: the description of an event's container; undefined if it is unknown. */
  of({ envelope: { namespace }, action, id, said }: Message): Observable<ContainerDescription | undefined> {
    const key = fullId(namespace, id);
    if (action === 'create') this.#forget(key);
    if (action === 'update') {
      const described = describedOf({ image: said.image ?? '', labels: said.labels ?? [] });
      this.#forget(key);
      this.#remember(key, described);
    }
    const known = this.#known.get(key);
    if (known !== undefined || action === 'destroy') return of(known);
    const asked = this.#asked.get(key) ?? this.#ask(key, namespace, id, said.image);
    this.#asked.set(key, asked);
    return asked;
  }

  /** Events of one container that come before the answer share it. */
  #ask(key: string, namespace: string, id: string, image = ''): Observable<ContainerDescription | undefined> {
    const answer = this.#client
      .unary(api.getContainer, { id }, { ...inNamespace(namespace), within: ANSWER_WITHIN })
      .pipe(
        map(({ container }) => (container === null ? undefined : describedOf(container))),
        // It may be removed already: then only the event describes it.
        catchError(() => of(undefined)),
        tap((described) => {
          if (this.#asked.get(key) !== answer) return;
          this.#asked.delete(key);
          if (described !== undefined) this.#remember(key, described);
        }),
        map((described) => described ?? (image === '' ? undefined : { image, labels: {}, leftOut: 0 })),
        shareReplay(1),
      );
    return answer;
  }

  #remember(key: string, described: ContainerDescription): void {
    this.#known.set(key, described);
    this.#size += sizeOf(key, described);
    while (this.#size > MOST) {
      const [oldest = key] = this.#known.keys();
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#asked.delete(key);
    const known = this.#known.get(key);
    if (known === undefined) return;
    this.#known.delete(key);
    this.#size -= sizeOf(key, known);
  }
}

function sizeOf(key: string, { image, labels }: ContainerDescription): number {
  let size = ENTRY + key.length + image.length;
  for (const name in labels) size += name.length + (labels[name] as string).length;
  return size;
}
