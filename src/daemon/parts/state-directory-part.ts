/** The part that locks the state directory, for one daemon at a time. */
import { acquireLock } from '../../lock.ts';
import type { Part } from '../part.ts';

export const stateDirectory: Part = async (daemon) => {
  const lock = await acquireLock(daemon.options.stateDir);
  daemon.lock = lock;
  return () => lock.release();
};
