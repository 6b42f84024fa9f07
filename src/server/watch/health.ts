/** `/healthz`: the state of the daemon and of each engine. */
import { stringify } from '../../encoders/json-text.ts';
import type { ServerContext } from '../context.ts';

/**
 * The health as one line of JSON. `status` is `ok`, or `degraded` if an engine is not connected or
 * the journal cannot be written. Both are answered with 200: the daemon runs, and a restart would
 * not help.
 */
export function health(context: ServerContext): string {
  const { collector, engines, journal, monitor, subscriptions, version } = context;
  const reports = engines();
  const recording = journal();
  const degraded =
    recording?.failure !== undefined ||
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
  };
  return `${stringify(body)}\n`;
}
