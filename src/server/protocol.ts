/** What a protocol over HTTP is to the core: routes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerContext } from './context.ts';

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One request and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The path without the query, as it came. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** What the path's parameters matched. */
  readonly params: Readonly<Record<string, string | undefined>>;
}

export interface Route {
  readonly methods: readonly Method[];
  /** As find-my-way has it: `/v1/events`, `/v:version(^\\d+\\.\\d+$)/events`. */
  readonly path: string;
  /**
   * Answers. What it throws before the head was sent is answered as `{"message": …}`: an `HttpError` with its
   * status, a RangeError with 400, `TooManySubscriptions` with 429.
   */
  handle(exchange: Exchange): void | Promise<void>;
}

/** A protocol: a folder with its routes, and one line in `protocols.ts`. */
export interface HttpProtocol {
  /** As its subscriptions and metrics are named. */
  readonly name: string;
  routes(context: ServerContext): readonly Route[];
}
