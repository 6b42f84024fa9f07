/** The monitor: what is sent into the FIFO of the state directory. */
import { openMonitor } from '../../monitor/monitor.ts';
import type { Part } from '../part.ts';

export const monitor: Part = async ({ options: { stateDir: directory }, collector, lock, log }) => {
  const monitor = await openMonitor({ directory, lock, log });
  collector.attach(monitor.events);
  log.info({ path: monitor.path }, `the monitor FIFO is ${monitor.path}`);
  return () => monitor.close();
};
