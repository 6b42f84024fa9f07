/** Our server on a socket, in the process of the benchmark. */
import { asyncScheduler } from 'rxjs';
import { explain } from '../../src/handlers/explain.ts';
import { nowNano } from '../../src/clock.ts';
import { type Collector, createCollector } from '../../src/index.ts';
import { silent } from '../../src/internal.ts';
import {
  Connections,
  Limits,
  listenHttp,
  protocols,
  type ServerContext,
  Subscriptions,
  Turns,
} from '../../src/server/index.ts';

export interface Served {
  readonly collector: Collector;
}

export async function serve(path: string, limit: number): Promise<Served> {
  const collector = createCollector({ limit });
  const limits = new Limits({ subscriptions: 10_000 });
  const context: ServerContext = {
    collector,
    log: silent,
    version: '0',
    now: nowNano,
    scheduler: asyncScheduler,
    engines: () => [],
    monitor: () => undefined,
    journal: () => undefined,
    containers: { cursor: collector.newest, states: [] },
    containersAt: () => undefined,
    explain: (request, signal) => explain((query) => collector.events(query, { signal }), request),
    rules: () => undefined,
    limits,
    connections: new Connections(limits),
    turns: new Turns(),
    subscriptions: new Subscriptions(collector, limits, asyncScheduler),
  };
  await listenHttp(context, { path, protocols });
  return { collector };
}

/** Until the event loop has gone round. */
export async function round(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
