/** The parts of the daemon. */
import type { Part } from './part.ts';
import { containers } from './parts/containers.ts';
import { engines } from './parts/engines.ts';
import { journal } from './parts/journal.ts';
import { monitor } from './parts/monitor.ts';
import { processes } from './parts/processes.ts';
import { rules } from './parts/rules.ts';
import { servers } from './parts/servers.ts';
import { stateDirectory } from './parts/state-directory.ts';

/**
 * The parts, in the order of their start. They end in reverse, so that sources of events end first
 * and every client gets the last events. A new part is a file and one line here.
 */
export const parts: readonly Part[] = [
  stateDirectory,
  journal,
  containers,
  servers,
  rules,
  monitor,
  processes,
  engines,
];
