/**
 * The server side of gRPC over Node's HTTP/2: calls with one request and a stream of messages. It
 * implements the part of the protocol (PROTOCOL-HTTP2.md of grpc) that such calls need; messages
 * are not compressed.
 */
import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
  type ServerStreamResponseOptions,
} from 'node:http2';
import { BehaviorSubject, NEVER, type SchedulerLike, type Subscription } from 'rxjs';
import { takeUntilTime } from '../../../operators/takeUntilTime.ts';
import type { Log } from '../../log.ts';

/** Status codes of gRPC. */
export const Status = {
  OK: 0,
  UNKNOWN: 2,
  DEADLINE_EXCEEDED: 4,
  PERMISSION_DENIED: 7,
  INTERNAL: 13,
} as const;

type StatusCode = (typeof Status)[keyof typeof Status];

/** Thrown by a method to end its call with that status. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly status: StatusCode;

  constructor(status: StatusCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Answers a call, at once or over time. An error that it throws ends the call. */
export type Method = (request: Buffer, call: Call) => void;

export interface GrpcOptions {
  /** By path: `/package.Service/Method`. */
  readonly methods: Readonly<Record<string, Method>>;
  /** The refusal of any other path. */
  readonly refuse: (path: string) => GrpcError;
  /** The largest request, in bytes. */
  readonly maxRequest: number;
  /** Time for a client to send its whole request, in ms; later its call is cancelled. */
  readonly requestWithin: number;
  /** The clock of deadlines. */
  readonly scheduler: SchedulerLike;
  readonly log: Log;
}

const TYPE = 'application/grpc';
/** Bytes before each message: a flag for compression, and the length. */
const PREFIX = 5;

/** Adds the prefix to a message. */
export function framed(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX + message.length);
  bytes.writeUInt8(0, 0);
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, PREFIX);
  return bytes;
}

/** Makes the handler of an HTTP/2 server's streams. */
export function answerCalls(
  options: GrpcOptions,
): (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void {
  return (stream, headers) => {
    // A reset stream emits an error and its close; the close is enough.
    stream.on('error', (error) => options.log.debug({ error: error.message }, 'a call was cut off'));
    // If HEADERS and RST_STREAM arrive together, the stream is closed before its headers are passed
    // on.
    if (isGone(stream)) return;
    const slow = options.scheduler.schedule(
      () => stream.close(constants.NGHTTP2_CANCEL),
      options.requestWithin,
    );
    for (const over of ['end', 'close']) stream.on(over, () => slow.unsubscribe());
    const method = headers[':method'];
    if (method !== 'POST') return refuse(stream, { ':status': 405, allow: 'POST' });
    const type = headers['content-type'] ?? '';
    if (!/^application\/grpc(?:[+;]|$)/.test(type)) return refuse(stream, { ':status': 415 });
    const call = new Call(stream, options);
    call.attempt(() => call.run(headers));
  };
}

export class Call {
  readonly #stream: ServerHttp2Stream;
  readonly #options: GrpcOptions;
  readonly #paused = new BehaviorSubject(false);
  #deadline: Subscription | undefined;
  #ended = false;
  #whenOver: (() => void) | undefined;

  constructor(stream: ServerHttp2Stream, options: GrpcOptions) {
    this.#stream = stream;
    this.#options = options;
    stream.on('close', () => this.#over());
    stream.on('drain', () => this.#paused.next(false));
  }

  /** Reads the request and runs its method. */
  run(headers: IncomingHttpHeaders): void {
    const path = String(headers[':path']);
    const { methods } = this.#options;
    const method = Object.hasOwn(methods, path) ? methods[path] : undefined;
    if (method === undefined) throw this.#options.refuse(path);
    const timeout = headers['grpc-timeout'];
    if (timeout !== undefined) this.#endAfter(nanosOf(String(timeout)));
    this.#receive((request) => method(request, this));
  }

  /** Sends the headers of the answer before the first message. */
  begin(): void {
    respond(this.#stream, { ':status': 200, 'content-type': TYPE }, { waitForTrailers: true });
  }

  /** Sends messages with their prefixes. */
  send(bytes: Buffer): void {
    if (this.#ended || isGone(this.#stream)) return;
    this.#paused.next(!this.#stream.write(bytes));
  }

  /** Answers with one message, and ends the call. */
  reply(message: Uint8Array): void {
    this.begin();
    this.send(framed(message));
    this.end(Status.OK);
  }

  /** Ends the call without a status. Unsent messages are dropped. */
  cutOff(): void {
    this.#ended = true;
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  /** True while messages wait for the client. */
  get paused(): BehaviorSubject<boolean> {
    return this.#paused;
  }

  /** Calls back once, as soon as the call is over for any reason. */
  onOver(callback: () => void): void {
    if (isGone(this.#stream)) return callback();
    this.#whenOver = callback;
  }

  /** Ends the call after all sent messages have been taken. */
  end(status: StatusCode, message = ''): void {
    if (this.#ended || isGone(this.#stream)) return;
    this.#ended = true;
    const trailers = { 'grpc-status': String(status), 'grpc-message': percentEncoded(message) };
    if (!this.#stream.headersSent)
      return refuse(this.#stream, { ':status': 200, 'content-type': TYPE, ...trailers });
    this.#stream.on('wantTrailers', () => this.#stream.sendTrailers(trailers));
    this.#stream.end();
  }

  #fail(error: unknown): void {
    if (error instanceof GrpcError) return this.end(error.status, error.message);
    this.#options.log.error({ error: String((error as Error).stack ?? error) }, 'a call failed unexpectedly');
    this.end(Status.INTERNAL, 'Internal error');
  }

  /** Runs a step of the answer unless the call has ended; an error that it throws ends the call. */
  attempt(step: () => void): void {
    if (this.#ended || isGone(this.#stream)) return;
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Ends the call at its deadline. Messages that the client has not taken by then are dropped. */
  #endAfter(nanos: bigint): void {
    const { scheduler } = this.#options;
    const deadline = BigInt(Math.trunc(scheduler.now() * 1e6)) + nanos;
    this.#deadline = NEVER.pipe(takeUntilTime(deadline, scheduler)).subscribe({
      complete: () => {
        const unsent = this.#stream.writableLength > 0;
        this.end(Status.DEADLINE_EXCEEDED, 'the deadline has passed');
        if (unsent) this.#stream.close(constants.NGHTTP2_CANCEL);
        this.#over();
      },
    });
  }

  #over(): void {
    this.#deadline?.unsubscribe();
    const whenOver = this.#whenOver;
    this.#whenOver = undefined;
    whenOver?.();
  }

  /** Waits for the request's only message. */
  #receive(callback: (request: Buffer) => void): void {
    const { maxRequest } = this.#options;
    let bytes = Buffer.alloc(0);
    this.#stream.on('data', (chunk: Buffer) =>
      this.attempt(() => {
        bytes = Buffer.concat([bytes, chunk]);
        checkRequest(bytes, maxRequest);
      }),
    );
    this.#stream.on('end', () =>
      this.attempt(() => {
        if (this.#stream.aborted) return;
        if (bytes.length < PREFIX || bytes.length < PREFIX + bytes.readUInt32BE(1)) {
          throw new GrpcError(Status.INTERNAL, 'the request is truncated');
        }
        callback(bytes.subarray(PREFIX));
      }),
    );
  }
}

/** Checks the received part of a request. */
function checkRequest(bytes: Buffer, max: number): void {
  if (bytes.length > 0 && bytes[0] !== 0) {
    throw new GrpcError(Status.UNKNOWN, 'compressed messages are not supported: send grpc-encoding identity');
  }
  if (bytes.length < PREFIX) return;
  const length = bytes.readUInt32BE(1);
  if (length > max) {
    throw new GrpcError(Status.UNKNOWN, `the request has ${length} bytes: at most ${max} are taken`);
  }
  if (bytes.length > PREFIX + length) {
    throw new GrpcError(Status.INTERNAL, 'more than one message in the request');
  }
}

/** Answers with headers only, and discards the rest of the request. */
function refuse(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders): void {
  respond(stream, headers, { endStream: true });
  stream.resume();
}

/**
 * Sends headers. Every answer begins here: Node throws if the client has closed the stream before.
 */
function respond(
  stream: ServerHttp2Stream,
  headers: OutgoingHttpHeaders,
  options: ServerStreamResponseOptions,
): void {
  if (!isGone(stream)) stream.respond(headers, options);
}

/**
 * True if the stream takes no answer any more: it is closed (for example reset by the client) or
 * destroyed.
 */
function isGone(stream: ServerHttp2Stream): boolean {
  return stream.closed || stream.destroyed;
}

const UNITS: Readonly<Record<string, bigint>> = {
  H: 3_600_000_000_000n,
  M: 60_000_000_000n,
  S: 1_000_000_000n,
  m: 1_000_000n,
  u: 1000n,
  n: 1n,
};

/** Parses a `grpc-timeout`: at most eight digits and a unit. */
function nanosOf(timeout: string): bigint {
  const [, digits = '', unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(timeout) ?? [];
  if (unit === '') {
    throw new GrpcError(
      Status.INTERNAL,
      `invalid grpc-timeout ${JSON.stringify(timeout.slice(0, 40))}: like 100m or 5S`,
    );
  }
  return BigInt(digits) * (UNITS[unit] as bigint);
}

/**
 * Encodes text for `grpc-message`: characters other than printable ASCII, and `%`, become `%XX` of
 * their UTF-8.
 */
function percentEncoded(text: string): string {
  return text.replace(/[^ -$&-~]+/gu, (part) =>
    Buffer.from(part).toString('hex').toUpperCase().replace(/../g, '%$&'),
  );
}
