/** The engines: each is followed, and how it stands with it is known. */
import { Subscription } from 'rxjs';
import type { Collector } from '../../collector/collector.ts';
import type { EngineEvent } from '../../event.ts';
import type { EngineStatus } from '../../engines/engine.ts';
import { chooseEngines, type EngineTarget } from '../../engines/index.ts';
import type { Building, Part } from '../part.ts';

/** More than an engine repeats when it is asked for what it holds. */
const HAD = 512;

export const engines: Part = (daemon) => {
  const { options, log } = daemon;
  const targets = chooseEngines(options.engines ?? [], options.env ?? process.env);
  const all = new Subscription();
  for (const target of targets) all.add(follow(target, daemon));
  if (targets.length === 0 && daemon.engines.size === 0) {
    log.info({}, 'no engine is followed: what is sent into the monitor FIFO is all there is');
  }
  return () => all.unsubscribe();
};

function follow({ engine, endpoint }: EngineTarget, daemon: Building): Subscription {
  const { collector, containers, log, scheduler, engines: reports } = daemon;
  const control = engine.control?.(endpoint);
  let connections = 0;
  const onStatus = (status: EngineStatus): void => {
    const { state, detail, version } = status;
    if (state === 'connected') connections++;
    // By now nothing more can happen to its containers without an event of it.
    if (state === 'connected' && control !== undefined) containers?.list(status.source, control);
    reports.set(`${engine.name} ${endpoint}`, { ...status, reconnects: Math.max(0, connections - 1) });
    const level = state === 'connected' || state === 'connecting' ? 'info' : 'warn';
    log[level]({ engine: engine.name, endpoint, state, version }, `${engine.name}: ${state}, ${detail}`);
  };
  const had = newestOf(collector, engine.name, endpoint);
  const resume = had.length > 0 ? had : undefined;
  return collector.attach(engine.follow({ endpoint, resume, onStatus, scheduler }));
}

/** The newest events of an endpoint that are known, from before a restart: so that none of them is taken in again. */
function newestOf(collector: Collector, engine: string, endpoint: string): readonly EngineEvent[] {
  const reader = collector.reader({ filters: { engine: [engine] }, tail: HAD, follow: false });
  const found: EngineEvent[] = [];
  for (let more = true; more;) {
    const chunk = reader.read(HAD);
    found.push(...chunk.events.filter(({ source }) => source.endpoint === endpoint));
    more = chunk.more;
  }
  reader.close();
  return found;
}
