/** A protocol over HTTP: its routes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerContext } from './context.ts';

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One request and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The path without the query, as received. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Values of the path's parameters. */
  readonly params: Readonly<Record<string, string | undefined>>;
}

export interface PathHandler {
  readonly methods: readonly Method[];
  /** A pattern of find-my-way: `/v1/events`, `/v:version(^\\d+\\.\\d+$)/events`. */
  readonly path: string;
  /** True if requests need no token: the answer is the same for everyone. Default false. */
  readonly isPublic?: boolean;
  /**
   * Answers a request. An error before the head was sent is answered as `{"message": …}`: an
   * `HttpError` with its status, a RangeError with 400, `TooManySubscriptions` with 429.
   */
  handle(exchange: Exchange): void | Promise<void>;
}

/** A protocol: a folder with its routes, and one line in `protocols.ts`. */
export interface HttpProtocol {
  /** Its name among subscriptions and metrics. */
  readonly name: string;
  routes(context: ServerContext): readonly PathHandler[];
}
