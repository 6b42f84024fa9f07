/** `/healthz`: the state of the daemon and of each engine. */
import { stringify } from '../../encoders/json-text.ts';
import type { ServerContext } from '../context.ts';

/**
 * The health as one line of JSON. `status` is `ok`, or `degraded` if an engine is not connected, the
 * journal cannot be written or a sink does not accept events. Both are answered with 200: the daemon runs, and a restart would
 * not help.
 */
export function health(context: ServerContext): string {
  const { collector, engines, forwarders, journal, monitor, subscriptions, version } = context;
  const reports = engines();
  const recording = journal();
  const forwarding = forwarders?.();
  const degraded =
    recording?.failure !== undefined ||
    forwarding?.some(({ state }) => state !== 'ok') === true ||
    reports.some(({ state }) => state !== 'connected' && state !== 'duplicate');
  const { oldest, newest, durable, status } = collector;
  const body = {
    status: degraded ? 'degraded' : 'ok',
    version,
    pid: process.pid,
    uptime: Math.round(process.uptime()),
    cursors: { oldest, newest, durable },
    events: status.events,
    subscriptions: Object.fromEntries(
      [...subscriptions.status()].map(([protocol, { open, lag }]) => [protocol, { open, lag }]),
    ),
    engines: reports.map(({ source, state, detail, version, reconnects }) => ({
      ...source,
      state,
      detail,
      version,
      reconnects,
    })),
    monitor: monitor(),
    journal: recording,
    forwarders: forwarding,
  };
  return `${stringify(body)}\n`;
}
