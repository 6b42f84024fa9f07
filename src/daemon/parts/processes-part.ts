/** The part that runs processes as containers if there is no engine. */
import { chooseProcesses, engines } from '../../engines/index.ts';
import { startProcesses } from '../../engines/built-in.ts';
import type { Part } from '../part.ts';

export const processes: Part = ({ options, log, scheduler, engines: statuses }) => {
  const { stateDir: directory } = options;
  const why = chooseProcesses(options.engines ?? [], options.env ?? process.env);
  if (why === undefined || (why === 'nothing found' && options.demo !== true)) return undefined;
  const running = startProcesses({ directory, log, scheduler });
  const names = running.names.join(', ');
  // A fleet is read on request only.
  const wanted = engines.flatMap((engine) => ('stream' in engine ? [] : [engine.name]));
  const reason =
    why === 'asked'
      ? 'as asked'
      : `no engine was found (looked for ${wanted.join(', ')}): they serve as a demonstration; --engine none turns them off`;
  log.info(
    { containers: running.names, why },
    `running processes of this machine as containers (${names}): ${reason}`,
  );
  const detail = `processes of this machine run as containers: ${names}`;
  const source = { engine: 'process', endpoint: directory };
  statuses.set('process', { source, state: 'connected', detail, reconnects: 0 });
  return () => running.close();
};
