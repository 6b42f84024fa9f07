/** The part that follows the engines and records their status. */
import { filter, interval, Subject, Subscription, tap } from 'rxjs';
import type { ContainerState } from '../../../operators/container-state.ts';
import type { EngineEvent, EventSource } from '../../event.ts';
import type { Inspected } from '../../engines/control.ts';
import type { EngineStatus } from '../../engines/engine.ts';
import { chooseEngines, type EngineTarget, unusable } from '../../engines/index.ts';
import { followEngine } from '../../engines/follow.ts';
import type { EngineReport } from '../../server/index.ts';
import { FleetPositions } from '../fleet-positions.ts';
import type { DaemonState, Part } from '../part.ts';

/** More events than an engine repeats in its replay. */
const HAD = 512;

/** Interval between looks for new engines: in ms. */
const LOOK = 5000;

export const engines: Part = (daemon) => {
  const { options, log, scheduler } = daemon;
  const followed = new Set<string>();
  const firstAnswers = new Subject<string>();
  const all = new Subscription();
  const look = (texts: readonly string[]): void => {
    for (const target of chooseEngines(texts, options.env ?? process.env)) {
      const key = keyOf(target);
      if (followed.has(key)) continue;
      followed.add(key);
      all.add(follow(target, daemon, firstAnswers));
    }
  };
  const asked = options.engines?.length ? options.engines : ['auto'];
  look(asked);
  if (asked.includes('auto')) {
    for (const sentence of unusable(options.env ?? process.env)) log.warn({}, sentence);
  }
  // Finds engines that start after the daemon. Named engines are awaited anyway.
  if (asked.includes('auto')) all.add(interval(LOOK, scheduler).subscribe(() => look(['auto'])));
  if (daemon.engines.size === 0) {
    log.info({}, 'no engine is followed: events only come from the monitor FIFO');
  }
  return () => all.unsubscribe();
};

const keyOf = ({ engine, endpoint }: EngineTarget): string => `${engine.name} ${endpoint}`;

/** @param firstAnswers the kind of each engine, at its first connection */
function follow(target: EngineTarget, daemon: DaemonState, firstAnswers: Subject<string>): Subscription {
  const { engine, endpoint } = target;
  const { containers, log, scheduler, engines: reports } = daemon;
  const control = engine.control?.(endpoint, daemon.identities.followed);
  const positions = 'stream' in engine ? positionsOf(endpoint, daemon) : undefined;
  let connections = 0;
  let events = 0;
  let lastEvent: bigint | undefined;
  /** True if the session has listed its containers, to reconcile. */
  let isListed = false;
  let connectedSource: EventSource | undefined;
  // Computed on request, so that events cost nothing here.
  const report = (status: EngineStatus): EngineReport => ({
    ...status,
    reconnects: Math.max(0, connections - 1),
    get events() {
      return events;
    },
    get lastEvent() {
      return lastEvent;
    },
  });
  const onStatus = (status: EngineStatus): void => {
    const { state, detail, version } = status;
    daemon.newness.report(status);
    // A fleet reports its hosts again and again while it is connected.
    if (state === 'connected' && reports.get(keyOf(target))?.state !== 'connected') connections++;
    // From now on, every change of its containers comes as an event.
    if (state !== 'connected') containers?.lost(status.source);
    else if (control !== undefined && !isListed) containers?.list(status.source, control);
    isListed = false;
    connectedSource = state === 'connected' ? status.source : undefined;
    reports.set(keyOf(target), report(status));
    const level = state === 'connected' || state === 'connecting' ? 'info' : 'warn';
    log[level](
      { engine: engine.name, endpoint, state, version },
      `${engine.name} (${endpoint}): ${state}, ${detail}`,
    );
    if (state === 'connected' && connections === 1) firstAnswers.next(engine.name);
  };
  const onListed = (source: EventSource, found: readonly Inspected[]): void => {
    if (control === undefined) return;
    isListed = true;
    containers?.list(source, control, found);
  };
  // From before a restart, so that none of them is taken in again.
  const resume = (source: EventSource): readonly EngineEvent[] => daemon.journal?.newestOf(source, HAD) ?? [];
  const hasLost = (source: EventSource): boolean => daemon.journal?.hasLost(source) === true;
  const relisting = firstAnswers.pipe(filter((name) => name === engine.yieldsTo)).subscribe(() => {
    if (connectedSource !== undefined && control !== undefined) containers?.list(connectedSource, control);
  });
  const following = daemon.attach(
    followEngine(engine, {
      ...{ endpoint, resume, hasLost, onStatus, onListed, scheduler, positions },
      identities: daemon.identities,
      statesBefore: (source) => containers?.of(source) ?? recordedOf(daemon, source),
    }).pipe(
      tap(({ timeNano }) => {
        events++;
        lastEvent = timeNano;
      }),
    ),
  );
  following.add(relisting);
  following.add(() => positions?.close());
  return following;
}

function positionsOf(endpoint: string, { collector, options, scheduler, log }: DaemonState): FleetPositions {
  return new FleetPositions({ collector, dataDir: options.dataDir, endpoint, scheduler, log });
}

function recordedOf({ recorded }: DaemonState, { engine, id }: EventSource): readonly ContainerState[] {
  return recorded.filter((state) => state.engine === engine && state.engineId === id);
}
