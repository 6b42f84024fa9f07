/** Why a daemon does not start: for people, with what would be right. */
export class DaemonStartError extends Error {
  override readonly name = 'DaemonStartError';
}
