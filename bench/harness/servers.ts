/** Our server on a socket, in the process of the benchmark. */
import { asyncScheduler } from 'rxjs';
import { nowNano } from '../../src/clock.ts';
import { type Collector, createCollector, silent } from '../../src/index.ts';
import {
  listenHttp,
  type Listening,
  protocols,
  Pumps,
  type ServerContext,
  Subscriptions,
} from '../../src/server/index.ts';

export interface Served {
  readonly collector: Collector;
  readonly context: ServerContext;
  readonly listening: Listening;
}

export async function serve(path: string, limit: number): Promise<Served> {
  const collector = createCollector({ limit });
  const context: ServerContext = {
    collector,
    log: silent,
    version: '0',
    now: nowNano,
    scheduler: asyncScheduler,
    engines: () => [],
    subscriptions: new Subscriptions(collector, 10_000),
    pumps: new Pumps(asyncScheduler),
  };
  return { collector, context, listening: await listenHttp(context, { path, protocols }) };
}

/** Until the event loop has gone round. */
export async function round(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
