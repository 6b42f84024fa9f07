/** The real HTTP server on a socket of its own, over a collector of the test's. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asyncScheduler } from 'rxjs';
import { createStateTable } from '../../operators/state-table.ts';
import { explain } from '../../src/handlers/explain-containers.ts';
import { nowNano } from '../../src/clock.ts';
import type { Collector } from '../../src/collector/collector.ts';
import { silent } from '../../src/log.ts';
import type { ServerContext } from '../../src/server/context.ts';
import { type HttpOptions, listenHttp } from '../../src/server/http/listen.ts';
import { protocols } from '../../src/server/protocols.ts';
import { Connections } from '../../src/server/connections.ts';
import { Limits, type LimitValues } from '../../src/server/client-limits.ts';
import { Turns } from '../../src/server/turns.ts';
import { Subscriptions } from '../../src/server/subscriptions.ts';

export interface HttpServer extends AsyncDisposable {
  readonly socket: string;
  readonly endpoint: string;
  /** Where it listens on TCP, if so. */
  readonly tcp: string | undefined;
  readonly context: ServerContext;
  close(): Promise<void>;
}

export interface ServeOptions extends Partial<
  Omit<ServerContext, 'collector' | 'subscriptions' | 'limits' | 'connections'>
> {
  readonly maxSubscriptions?: number;
  readonly clientBytes?: number;
  /** Besides `maxSubscriptions`. */
  readonly max?: LimitValues;
  readonly http?: Partial<Omit<HttpOptions, 'path'>>;
}

/** The context of a server for a test's collector. */
export function contextOf(collector: Collector, options: ServeOptions = {}): ServerContext {
  const { maxSubscriptions, clientBytes, max, scheduler = asyncScheduler, http: _, ...rest } = options;
  const limits = new Limits({ subscriptions: maxSubscriptions, ...max });
  return {
    collector,
    log: silent,
    version: '1.2.3',
    now: nowNano,
    scheduler,
    engines: () => [],
    monitor: () => undefined,
    journal: () => undefined,
    containers: { cursor: collector.newest, states: createStateTable() },
    containersAt: () => undefined,
    explain: (request, signal) => explain((query) => collector.events(query, { signal }), request),
    rules: () => undefined,
    limits,
    connections: new Connections(limits),
    turns: new Turns(),
    subscriptions: new Subscriptions(collector, limits, scheduler, clientBytes),
    ...rest,
  };
}

export async function serveHttp(collector: Collector, options: ServeOptions = {}): Promise<HttpServer> {
  const directory = mkdtempSync('/tmp/td-');
  const socket = join(directory, 's');
  const context = contextOf(collector, options);
  const listening = await listenHttp(context, { path: socket, protocols, ...options.http });
  const close = async (): Promise<void> => {
    await Promise.all(listening.map((each) => each.close()));
  };
  return {
    socket,
    endpoint: `unix://${socket}`,
    tcp: listening[1]?.endpoint,
    context,
    close,
    [Symbol.asyncDispose]: async () => {
      await close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
