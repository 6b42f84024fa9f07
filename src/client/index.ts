/** Reading a daemon. */
export { MAX_SOCKET_PATH } from './endpoint.ts';
export { DaemonError, type DaemonErrorCode } from './error.ts';
export { followDaemon, type FollowDaemonOptions } from './follow.ts';
