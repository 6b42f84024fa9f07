/** The listening side, as used by the daemon. */
export type { EngineReport, Listening, ServerContext } from './context.ts';
export { listenHttp } from './http/listen.ts';
export type { TcpOptions } from './http/tcp.ts';
export { Connections, freeDescriptors } from './connections.ts';
export { Limits, type LimitValues } from './client-limits.ts';
export { listenIsulad } from './isulad/index.ts';
export { protocols } from './protocols.ts';
export { Subscriptions } from './subscriptions.ts';
export { ListenError } from './listen-error.ts';
export { Turns } from './turns.ts';
