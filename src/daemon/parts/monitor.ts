/** The monitor: what is sent into the FIFO of the state directory. */
import { openMonitor } from '../../monitor/monitor.ts';
import type { Part } from '../part.ts';

export const monitor: Part = async (daemon) => {
  const { options, collector, lock, log } = daemon;
  const monitor = await openMonitor({ directory: options.stateDir, lock, log });
  daemon.monitor = monitor;
  collector.attach(monitor.events);
  log.info({ path: monitor.path }, `the monitor FIFO is ${monitor.path}`);
  return () => monitor.close();
};
