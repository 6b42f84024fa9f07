/** The daemon, part by part. */
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
 * In the order in which they start; they end in the reverse, so that what brings events ends first and everybody gets
 * the last of them. A new part is a file and one line here.
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
