/** The parts of the daemon. */
import type { Part } from './part.ts';
import { containers } from './parts/containers-part.ts';
import { engines } from './parts/engines-part.ts';
import { forward } from './parts/forward-part.ts';
import { journal } from './parts/journal-part.ts';
import { fifo, monitor } from './parts/monitor-part.ts';
import { processes } from './parts/processes-part.ts';
import { rules } from './parts/rules-part.ts';
import { servers } from './parts/servers-part.ts';
import { stateDirectory } from './parts/state-directory-part.ts';

/**
 * The parts, in the order of their start. They end in reverse, so that sources of events end first
 * and every client gets the last events. A new part is a file and one line here.
 */
export const parts: readonly Part[] = [
  stateDirectory,
  journal,
  containers,
  fifo,
  servers,
  rules,
  forward,
  monitor,
  processes,
  engines,
];
