/**
 * A gRPC client on a Unix socket, for engines that speak gRPC. Loading it takes about 100 ms of CPU
 * and 12 MB, so modules that import it are themselves imported dynamically, once such an engine is
 * followed.
 */
import { Client, credentials, logVerbosity, Metadata, setLogVerbosity } from '@grpc/grpc-js';
import { asyncScheduler, defer, finalize, Observable, type SchedulerLike, throwError, timeout } from 'rxjs';
import { CallError, callError } from './error.ts';
import type { Method } from './message-schema.ts';

export interface ClientOptions {
  /**
   * Largest message, in bytes. A larger one fails its call with `RESOURCE_EXHAUSTED` before it is
   * held. Default 16 MiB.
   */
  readonly maxMessage?: number | undefined;
  /** The clock of `within`. Default: `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

interface CallOptions {
  /** Metadata of the request, ASCII: `containerd-namespace` and the like. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Time limit of the answer, or of a stream's first answer, in ms. A late call is cancelled and
   * fails with `DEADLINE_EXCEEDED`. Default: 10,000 for a unary call, no limit for a stream.
   */
  readonly within?: number | undefined;
}

interface StreamOptions<T> extends CallOptions {
  /** Makes a value of an unreadable message. Default: the call fails with `INTERNAL`. */
  readonly onUnreadable?: ((error: Error, bytes: Uint8Array) => T) | undefined;
}

/**
 * Calls on one connection. Each is a cold Observable: subscribing calls, unsubscribing cancels at
 * once. They error with a {@link CallError} only.
 */
export interface GrpcClient {
  /** One request, one answer: emits once. */
  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: CallOptions,
  ): Observable<Response>;
  /** One request, any number of answers, until the server ends the call. */
  stream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: StreamOptions<Response>,
  ): Observable<Response>;
}

/** grpc-js prints nothing: its messages are in the errors of calls. */
setLogVerbosity(logVerbosity.NONE);

const MAX_MESSAGE = 16 * 1024 * 1024;
const ANSWER_WITHIN = 10_000;

/**
 * Holds a connection for as long as there is a subscription to the result of `use`. The first call
 * connects. A connection that fails or is lost fails its calls; the caller handles the back-off
 * before a new one.
 *
 * @param path the absolute path of the socket
 */
export function overGrpc<T>(
  path: string,
  use: (client: GrpcClient) => Observable<T>,
  options: ClientOptions = {},
): Observable<T> {
  return defer(() => {
    const client = new Client(`unix:${path}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': options.maxMessage ?? MAX_MESSAGE,
      'grpc.enable_retries': 0,
      'grpc.enable_channelz': 0,
      // A separate connection, closed with this client.
      'grpc.use_local_subchannel_pool': 1,
    });
    return use(callsOf(client, options)).pipe(finalize(() => client.close()));
  });
}

function callsOf(client: Client, { scheduler = asyncScheduler }: ClientOptions): GrpcClient {
  const inTime = <T>(call: Observable<T>, within: number | undefined): Observable<T> =>
    within === undefined
      ? call
      : call.pipe(
          timeout({
            first: within,
            scheduler,
            with: () =>
              throwError(() => new CallError('DEADLINE_EXCEEDED', `it does not answer within ${within} ms`)),
          }),
        );
  return {
    unary: (method, request, { within = ANSWER_WITHIN, headers } = {}) =>
      inTime(unary(client, method, request, headers), within),
    stream: (method, request, { within, headers, onUnreadable } = {}) =>
      inTime(stream(client, method, request, headers, onUnreadable), within),
  };
}

type Headers = CallOptions['headers'];

function unary<Request, Response>(
  client: Client,
  { path, request: encoder, response }: Method<Request, Response>,
  request: Request,
  headers: Headers,
): Observable<Response> {
  return new Observable((subscriber) => {
    const call = attempt(() =>
      client.makeUnaryRequest<Request, Response>(
        path,
        (value) => Buffer.from(encoder.encode(value)),
        (bytes) => response.decode(bytes),
        request,
        metadataOf(headers),
        (error, value) => {
          if (error) return subscriber.error(callError(error));
          subscriber.next(value as Response);
          subscriber.complete();
        },
      ),
    );
    return () => call.cancel();
  });
}

function stream<Request, Response>(
  client: Client,
  { path, request: encoder, response }: Method<Request, Response>,
  request: Request,
  headers: Headers,
  onUnreadable: StreamOptions<Response>['onUnreadable'],
): Observable<Response> {
  const read = (bytes: Buffer): Response => {
    try {
      return response.decode(bytes);
    } catch (error) {
      if (onUnreadable === undefined) throw error;
      return onUnreadable(error as Error, bytes);
    }
  };
  return new Observable((subscriber) => {
    const call = attempt(() =>
      client.makeServerStreamRequest<Request, Response>(
        path,
        (value) => Buffer.from(encoder.encode(value)),
        read,
        request,
        metadataOf(headers),
      ),
    );
    call.on('data', (value: Response) => subscriber.next(value));
    call.on('error', (error) => subscriber.error(callError(error)));
    call.on('end', () => subscriber.complete());
    return () => call.cancel();
  });
}

/** Begins a call; invalid metadata or an invalid request is a failed call too. */
function attempt<T>(begin: () => T): T {
  try {
    return begin();
  } catch (error) {
    throw callError(error);
  }
}

function metadataOf(headers: Headers = {}): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}
