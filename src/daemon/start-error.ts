/** The reason why a daemon does not start: for people, with a remedy. */
import { LockError } from '../lock.ts';

/** The daemon cannot start: the message states the cause and a remedy. */
export class DaemonStartError extends Error {
  override readonly name = 'DaemonStartError';

  /** True if another daemon has the state directory. */
  get held(): boolean {
    return this.cause instanceof LockError && this.cause.code === 'held';
  }
}
