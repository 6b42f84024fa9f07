/** The engines: each is followed, and how it stands with it is known. */
import { Subscription } from 'rxjs';
import type { EngineStatus } from '../../engines/engine.ts';
import { chooseEngines } from '../../engines/index.ts';
import type { Part } from '../part.ts';

/** The newest events that an engine is resumed from: as many as one needs. */
const RESUME = 256;

export const engines: Part = ({ options, collector, journal, log, scheduler, engines: statuses }) => {
  const targets = chooseEngines(options.engines ?? [], options.env ?? process.env);
  const all = new Subscription();
  for (const { engine, endpoint } of targets) {
    const key = `${engine.name} ${endpoint}`;
    let connections = 0;
    const onStatus = (status: EngineStatus): void => {
      if (status.state === 'connected') connections++;
      statuses.set(key, { ...status, reconnects: Math.max(0, connections - 1) });
      const { state, detail, version } = status;
      const level = state === 'connected' || state === 'connecting' ? 'info' : 'warn';
      log[level]({ engine: engine.name, endpoint, state, version }, `${engine.name}: ${state}, ${detail}`);
    };
    const known = journal?.newestOf({ engine: engine.name, endpoint }, RESUME) ?? [];
    const resume = known.length === 0 ? undefined : known;
    all.add(collector.attach(engine.follow({ endpoint, resume, onStatus, scheduler })));
  }
  if (targets.length === 0)
    log.info({}, 'no engine is followed: what is sent into the monitor FIFO is all there is');
  return () => all.unsubscribe();
};
