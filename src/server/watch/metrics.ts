/** `/metrics`: statistics of the daemon. Names are `tidings_…`; most values are read on request. */
import { Counter, Gauge, Registry } from 'prom-client';
import { parseCursor } from '../../collector/cursor.ts';
import type { ForwarderStatus } from '../../forward/status.ts';
import type { ServerContext } from '../context.ts';
import { ContainerCounts } from './container-counts.ts';
import { EventCounts } from './event-counts.ts';
import { EventLoopDelay } from './event-loop-delay.ts';
import { FirstOf } from './label-values.ts';

type Labels = Readonly<Record<string, string>>;

/** A value with its labels. */
type Sample = readonly [labels: Labels, value: number];

/** Most engines whose containers have their own count; those of further ones count as `other`. */
const ENGINES = 64;

/** Makes the registry; it counts events from now on, until the stream ends. */
export function createMetrics(context: ServerContext): Registry {
  const {
    collector,
    connections,
    containers,
    engines,
    forwarders,
    journal,
    limits,
    monitor,
    undescribed,
    rules,
    subscriptions,
    version,
  } = context;
  const registry = new Registry();
  const counts = new EventCounts();
  const delay = new EventLoopDelay(context.scheduler);
  const deaths = new ContainerCounts();
  collector.events().subscribe({
    next: (event) => {
      counts.add(event);
      deaths.add(event);
    },
    complete: () => delay.stop(),
  });

  const define = (
    Kind: typeof Counter | typeof Gauge,
    name: string,
    help: string,
    samples: () => Iterable<Sample>,
    labelNames: readonly string[] = [],
  ): void => {
    const collect = function (this: Counter | Gauge): void {
      this.reset();
      for (const [labels, value] of samples()) this.inc(labels, value);
    };
    registry.registerMetric(new Kind({ name, help, labelNames, collect, registers: [] }));
  };
  const counter = define.bind(undefined, Counter);
  const gauge = define.bind(undefined, Gauge);
  const one = (value: () => number | undefined) => (): Sample[] => {
    const found = value();
    return found === undefined ? [] : [[{}, found]];
  };

  gauge('tidings_build_info', 'Version of the daemon.', () => [[{ version }, 1]], ['version']);

  counter(
    'tidings_events_total',
    'Events received.',
    () => [...counts.all].map(({ count, ...labels }) => [labels, count] as const),
    ['engine', 'type', 'action'],
  );

  const byContainer = (key: 'deaths' | 'ooms' | 'restarts') => (): Sample[] =>
    [...deaths.all].map((each) => [{ engine: each.engine, name: each.name }, each[key]]);
  const ofContainer = ['engine', 'name'];
  counter('tidings_container_deaths_total', 'Deaths by name.', byContainer('deaths'), ofContainer);
  counter('tidings_container_ooms_total', 'Out-of-memory kills by name.', byContainer('ooms'), ofContainer);
  counter(
    'tidings_container_restarts_total',
    'Starts after a death, by name.',
    byContainer('restarts'),
    ofContainer,
  );

  const byLimit = (key: 'value' | 'refused'): Sample[] =>
    [...limits.status()].map((each) => [{ limit: each.name }, each[key]]);
  gauge(
    'tidings_buffer_events',
    'Events in memory.',
    one(() => collector.status.held),
  );
  gauge(
    'tidings_buffer_bytes',
    'Bytes of the events in memory.',
    one(() => collector.status.heldBytes),
  );
  counter(
    'tidings_events_rejected_total',
    'Invalid objects from engines: each gives a gap.',
    one(() => collector.status.rejected),
  );
  counter(
    'tidings_events_cut_total',
    'Events of more than 4 MiB, which were cut.',
    one(() => collector.status.cut),
  );
  gauge(
    'tidings_client_bytes',
    'Bytes that wait for clients to take them.',
    one(() => subscriptions.memory.bytes),
  );
  gauge(
    'tidings_client_bytes_limit',
    'Bytes that may wait for all clients together.',
    one(() => subscriptions.memory.limit),
  );
  counter(
    'tidings_client_bytes_cut_off_total',
    'Clients cut off because the bytes that waited for all clients exceeded the limit.',
    one(() => subscriptions.memory.cutOff),
  );

  const bySubscription = (key: 'open' | 'lag' | 'refused' | 'gaps') => (): Sample[] =>
    [...subscriptions.status()].map(([protocol, status]) => [{ protocol }, status[key]]);
  gauge('tidings_subscriptions', 'Open subscriptions.', bySubscription('open'), ['protocol']);
  gauge(
    'tidings_subscriptions_limit',
    'Most subscriptions at a time.',
    one(() => subscriptions.limit),
  );
  counter(
    'tidings_subscriptions_refused_total',
    'Subscriptions refused because all places were taken.',
    bySubscription('refused'),
    ['protocol'],
  );
  gauge(
    'tidings_subscription_lag_events',
    'Lag of the slowest subscription, in events.',
    bySubscription('lag'),
    ['protocol'],
  );
  counter(
    'tidings_subscription_gaps_total',
    'Gaps reported to clients that were too slow or came back too late.',
    bySubscription('gaps'),
    ['protocol'],
  );

  gauge(
    'tidings_connections',
    'Open connections; over TCP, those that have sent the token.',
    one(() => connections.open),
  );
  gauge('tidings_limit', 'Limit on requests of clients.', () => byLimit('value'), ['limit']);
  counter(
    'tidings_limit_refused_total',
    'Requests refused because they exceeded a limit.',
    () => byLimit('refused'),
    ['limit'],
  );

  const byEngine = (of: (report: ReturnType<typeof engines>[number]) => number) => (): Sample[] =>
    engines().map((report) => {
      const { engine, endpoint = '' } = report.source;
      return [{ engine, endpoint }, of(report)];
    });
  gauge(
    'tidings_engine_connected',
    '1 if the events of an engine arrive, else 0.',
    byEngine(({ state }) => (state === 'connected' ? 1 : 0)),
    ['engine', 'endpoint'],
  );
  counter(
    'tidings_engine_reconnects_total',
    'Lost and restored connections to an engine.',
    byEngine(({ reconnects }) => reconnects),
    ['engine', 'endpoint'],
  );

  counter(
    'tidings_monitor_bytes_total',
    'Bytes read from the monitor FIFO.',
    one(() => monitor()?.bytes),
  );
  counter(
    'tidings_monitor_discarded_bytes_total',
    'Bytes in the monitor FIFO that were neither a record nor a line.',
    one(() => monitor()?.discardedBytes),
  );
  counter(
    'tidings_monitor_undescribed_events_total',
    'Events from the monitor FIFO of containers whose name and image are not known.',
    one(() => undescribed?.()),
  );

  gauge(
    'tidings_journal_up',
    '1 if the journal can be written, else 0.',
    one(() => journal() && (journal()?.failure === undefined ? 1 : 0)),
  );
  counter(
    'tidings_journal_lost_events_total',
    'Events missing in the journal because the disk could not keep up.',
    one(() => journal()?.lost),
  );
  gauge(
    'tidings_journal_pending_bytes',
    'Bytes that wait for the disk.',
    one(() => journal()?.pending),
  );
  gauge(
    'tidings_journal_bytes',
    'Bytes of the journal on disk.',
    one(() => journal()?.bytes),
  );

  gauge('tidings_containers', 'Known containers.', () => counted(containers.states), ['engine', 'state']);

  counter(
    'tidings_rules_total',
    'Actions of rules, by result.',
    () => rules()?.results.map(({ count, ...labels }) => [labels, count] as const) ?? [],
    ['rule', 'result'],
  );
  counter(
    'tidings_rules_lost_total',
    'Actions of rules dropped because too many waited for one container.',
    one(() => rules()?.lost),
  );
  gauge(
    'tidings_rules_pending',
    'Actions of rules that run or wait.',
    one(() => rules()?.pending),
  );

  /** Metrics are collected in order: the first of these asks, and the others show the same moment. */
  let statuses: readonly ForwarderStatus[] = [];
  const byForwarder = (of: (status: ForwarderStatus) => number) => (): Sample[] =>
    statuses.map((status) => [{ forwarder: status.name, sink: status.sink }, of(status)]);
  const forwarder = ['forwarder', 'sink'];
  gauge(
    'tidings_forwarder_up',
    '1 if the sink accepted the last delivery, else 0.',
    () => {
      statuses = forwarders?.() ?? [];
      return byForwarder(({ state }) => (state === 'ok' ? 1 : 0))();
    },
    forwarder,
  );
  gauge(
    'tidings_forwarder_position',
    'Number of the last event that the sink acknowledged.',
    byForwarder(({ position }) => numberOf(position)),
    forwarder,
  );
  gauge(
    'tidings_forwarder_lag_events',
    'Events in the stream after the position.',
    byForwarder(({ lag }) => lag),
    forwarder,
  );
  counter(
    'tidings_forwarder_sent_events_total',
    'Events that the sink acknowledged.',
    byForwarder(({ sent }) => sent),
    forwarder,
  );
  counter(
    'tidings_forwarder_repeated_events_total',
    'Events that were sent again, as an earlier delivery was not acknowledged.',
    byForwarder(({ repeated }) => repeated),
    forwarder,
  );
  counter(
    'tidings_forwarder_failed_deliveries_total',
    'Deliveries that failed.',
    byForwarder(({ failed }) => failed),
    forwarder,
  );
  counter(
    'tidings_forwarder_refused_events_total',
    'Events that the sink refused.',
    byForwarder(({ refused }) => refused),
    forwarder,
  );
  counter(
    'tidings_forwarder_missed_events_total',
    'Events that expired before they could be sent.',
    byForwarder(({ missed }) => missed),
    forwarder,
  );

  registry.registerMetric(delay);
  gauge(
    'process_resident_memory_bytes',
    'Resident memory size in bytes.',
    one(() => process.memoryUsage.rss()),
  );
  counter(
    'process_cpu_seconds_total',
    'CPU time in seconds.',
    one(() => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
  );
  return registry;
}

/** The number in a cursor; 0 without one. */
function numberOf(cursor: string): number {
  return cursor === '' ? 0 : parseCursor(cursor).seq;
}

/** Counts containers by engine and state. */
function counted(states: ServerContext['containers']['states']): Iterable<Sample> {
  const engines = new FirstOf(ENGINES);
  const counts = new Map<string, { readonly labels: Labels; count: number }>();
  for (const { engine: name = '', state, count } of states.counts()) {
    const engine = engines.of(name);
    const key = `${engine} ${state}`;
    const found = counts.get(key) ?? { labels: { engine, state }, count: 0 };
    found.count += count;
    counts.set(key, found);
  }
  return [...counts.values()].map(({ labels, count }) => [labels, count] as const);
}
