/** In place of those functions of the product that speak to the system in a way that is not simulated. */
import { from, map, Observable } from 'rxjs';
import type { Answer, Content, HttpTarget } from '../../../src/delivery/http-post.ts';
import type { Lock } from '../../../src/lock.ts';
import type { HttpOptions } from '../../../src/server/http/listen.ts';
import { CLOSE_WITHIN, type Listening, type ServerContext } from '../../../src/server/context.ts';
import { createCore, routesOf } from '../../../src/server/http/core.ts';
import { host } from '../machine/current.ts';
import { exchangeOf } from '../machine/http.ts';
import type { Connection } from '../machine/network.ts';
import { RULES } from '../rules.ts';

export { openFifo, removeFifo } from '../machine/fifo.ts';

/** Posts over the simulated network. */
export class HttpClient {
  readonly #target: HttpTarget;

  constructor(target: HttpTarget) {
    this.#target = target;
  }

  post({ headers }: Content): Observable<Answer> {
    return new Observable((subscriber) => {
      const gone = new AbortController();
      const all = { ...this.#target.headers, ...headers };
      const answer = from(host().network.fetch(this.#target.url, { headers: all, signal: gone.signal }));
      answer
        .pipe(map(({ status, statusText }) => ({ status, statusText, retryAfter: undefined, body: '' })))
        .subscribe(subscriber);
      return () => gone.abort();
    });
  }

  close(): void {
    // Connections are not kept.
  }
}

/** Nobody else runs on the machine. */
export async function acquireLock(directory: string): Promise<Lock> {
  return { directory, release: () => undefined };
}

/** Protocols that are simulated: others encode the same stream. */
const SIMULATED = new Set(['native', 'docker']);

/** The routes and the core of the HTTP server, on the simulated network. */
export async function listenHttp(
  context: ServerContext,
  options: HttpOptions,
): Promise<readonly Listening[]> {
  const { network, machine } = host();
  const protocols = options.protocols.filter(({ name }) => SIMULATED.has(name));
  const handle = createCore(context, routesOf(context, protocols), 16_384)(() => undefined);
  const open = new Set<Connection>();
  network.listen(options.path, (connection) => {
    open.add(connection);
    connection.on('close', () => open.delete(connection));
    handle(...exchangeOf(connection));
  });
  const close = async (): Promise<void> => {
    network.close(options.path);
    for (const { name } of protocols) context.subscriptions.end(name);
    const deadline = machine.now + CLOSE_WITHIN * 1000;
    while (open.size > 0 && machine.now < deadline)
      await new Promise<void>((resolve) => machine.schedule(10, resolve, 'timer'));
    for (const connection of open) connection.abort(new Error('aborted'));
  };
  return [{ endpoint: `unix://${options.path}`, close }];
}

export async function listenIsulad(
  _: ServerContext,
  { path }: { readonly path: string },
): Promise<Listening> {
  return { endpoint: `unix://${path}`, close: async () => undefined };
}

/** The file of rules. */
export function readTrusted(): Buffer {
  return Buffer.from(RULES);
}
