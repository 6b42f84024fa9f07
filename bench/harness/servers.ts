/** Our server on a socket, in the process of the benchmark. */
import { type Collector, createCollector } from '../../src/index.ts';
import { listenHttp, protocols } from '../../src/server/index.ts';
import { contextOf } from '../../test/support/http-server.ts';

export interface Served {
  readonly collector: Collector;
}

export async function serve(path: string, limit: number): Promise<Served> {
  const collector = createCollector({ limit });
  await listenHttp(contextOf(collector, { maxSubscriptions: 10_000 }), { path, protocols });
  return { collector };
}

/** Waits for one round of the event loop. */
export async function round(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
