/** Why a daemon does not start: for people, with what would be right. */
import { LockError } from '../lock.ts';

export class DaemonStartError extends Error {
  override readonly name = 'DaemonStartError';

  /** Whether another daemon runs where this one should. */
  get held(): boolean {
    return this.cause instanceof LockError && this.cause.code === 'held';
  }
}
