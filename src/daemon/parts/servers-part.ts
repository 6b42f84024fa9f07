/** The part that serves clients. */
import { join } from 'node:path';
import { createStateTable } from '../../../operators/state-table.ts';
import { nowNano } from '../../clock.ts';
import {
  Connections,
  freeDescriptors,
  Limits,
  type Listening,
  listenHttp,
  listenIsulad,
  protocols,
  type ServerContext,
  Subscriptions,
  Turns,
} from '../../server/index.ts';
import { explain } from '../../handlers/explain-containers.ts';
import { version } from '../../version.ts';
import type { DaemonOptions } from '../options.ts';
import type { Part } from '../part.ts';

/** The sockets' names in the state directory. */
const HTTP_SOCKET = 'tidings.sock';
const ISULAD_SOCKET = 'isulad.sock';

type Listen = (context: ServerContext, options: DaemonOptions) => Promise<readonly Listening[]>;

/** All listening sockets: a new socket is one line. */
const sockets: readonly Listen[] = [
  (context, { stateDir, tcp }) => listenHttp(context, { path: join(stateDir, HTTP_SOCKET), tcp, protocols }),
  async (context, { stateDir }) => [await listenIsulad(context, { path: join(stateDir, ISULAD_SOCKET) })],
];

export const servers: Part = async (daemon) => {
  const { options, collector, log, scheduler, endpoints } = daemon;
  const limits = limitsOf(options);
  const context: ServerContext = {
    collector,
    log,
    version,
    now: nowNano,
    scheduler,
    engines: () => [...daemon.engines.values()],
    monitor: () => daemon.monitor?.status,
    undescribed: () => daemon.descriptions.undescribed,
    journal: () => daemon.journal?.status,
    containers: daemon.containers ?? { cursor: collector.newest, states: createStateTable() },
    containersAt: (time) => daemon.journal?.containersAt(time),
    explain: (request, signal) => explain((query) => collector.events(query, { signal }), request),
    rules: () => daemon.rules?.status,
    forwarders: () => daemon.forwarders?.status,
    limits,
    connections: new Connections(limits),
    turns: new Turns(),
    subscriptions: new Subscriptions(collector, limits, scheduler, options.clientBytes, log),
  };
  const listening: Listening[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(listening.map((each) => each.close()));
  };
  try {
    for (const listen of sockets) listening.push(...(await listen(context, options)));
  } catch (error) {
    await close();
    throw error;
  }
  for (const { endpoint } of listening) {
    endpoints.push(endpoint);
    log.info({ endpoint }, `listening on ${endpoint}`);
  }
  return close;
};

/** The requested limits, reduced to the available descriptors. */
function limitsOf({ limits, maxSubscriptions }: DaemonOptions): Limits {
  const wanted = new Limits({ subscriptions: maxSubscriptions, ...limits });
  const free = freeDescriptors();
  const unauthorized = Math.min(wanted.of('unauthorized'), Math.ceil(free / 4));
  const connections = Math.min(wanted.of('connections'), Math.max(1, free - unauthorized));
  return new Limits({ subscriptions: maxSubscriptions, ...limits, unauthorized, connections });
}
