/**
 * Docker's containers in containerd. Docker itself reports them, so they are hidden while their
 * Docker is followed: the Docker that has a container of the same id.
 */
import {
  catchError,
  concat,
  defaultIfEmpty,
  defer,
  filter,
  map,
  type Observable,
  of,
  take,
  tap,
  timeout,
} from 'rxjs';
import type { EngineControl } from '../control.ts';
import type { Followed } from '../followed.ts';

/** Docker's namespaces. */
const NAMESPACES = new Set(['moby', 'plugins.moby']);

/** Most containers in a request for a namespace. */
const ASKED = 8;

/** Time limit of a request, in ms: later events wait for the answer. */
const ANSWER_WITHIN = 2000;

/** Most remembered containers that no followed Docker has. */
const REMEMBERED = 10_000;

export class DockerNamespaces {
  readonly #followed: Followed | undefined;
  #owner: EngineControl | undefined;
  readonly #foreign = new Set<string>();

  constructor(followed: Followed | undefined) {
    this.#followed = followed;
  }

  /**
   * Emits once: true if a namespace is to be hidden.
   *
   * @param ids known ids of containers in it
   */
  hides(namespace: string, ids: readonly string[]): Observable<boolean> {
    const dockers = NAMESPACES.has(namespace) ? (this.#followed?.controls('docker') ?? []) : [];
    if (dockers.length === 0) return of(false);
    if (this.#owner !== undefined && dockers.includes(this.#owner)) return of(true);
    const asked = ids.filter((id) => id !== '' && !this.#foreign.has(id)).slice(0, ASKED);
    const questions = asked.flatMap((id) => dockers.map((docker) => this.#has(docker, id)));
    return concat(...questions).pipe(
      filter((has) => has),
      take(1),
      defaultIfEmpty(false),
      tap((has) => {
        if (!has) this.#remember(asked);
      }),
    );
  }

  #has(docker: EngineControl, id: string): Observable<boolean> {
    return defer(() => docker.inspect(id)).pipe(
      timeout(ANSWER_WITHIN),
      take(1),
      map((found) => found?.state.id === id),
      catchError(() => of(false)),
      tap((has) => {
        if (has) this.#owner = docker;
      }),
    );
  }

  #remember(ids: readonly string[]): void {
    for (const id of ids) this.#foreign.add(id);
    if (this.#foreign.size > REMEMBERED) this.#foreign.clear();
  }
}
