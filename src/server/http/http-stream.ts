/** A streaming response: sends the head at once, then bytes shared by many connections. */
import type { ServerResponse } from 'node:http';
import { BehaviorSubject } from 'rxjs';
import type { EngineEvent } from '../../event.ts';
import type { Framing } from '../stream/blocks.ts';
import type { Client } from '../subscriptions.ts';

/** Digits of a chunk's length: a fixed count keeps its bytes at a fixed offset. */
const DIGITS = 8;
const HEAD = DIGITS + 2;
const TAIL = 2;

/** Chunks of HTTP/1.1's chunked coding (RFC 9112, 7.1). */
export const chunks: Framing = {
  head: HEAD,
  tail: TAIL,
  write: (bytes) => {
    const length = bytes.length - HEAD - TAIL;
    bytes.write(`${length.toString(16).padStart(DIGITS, '0')}\r\n`, 'latin1');
    bytes.write('\r\n', HEAD + length, 'latin1');
  },
};

/** Lends the bytes of events, as chunks: see `Blocks`. */
export interface Lender {
  lend(events: readonly EngineEvent[], take: (bytes: Buffer) => boolean): void;
}

/** Makes one chunk of a text. */
export function chunk(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD + Buffer.byteLength(text) + TAIL);
  chunks.write(bytes);
  bytes.write(text, HEAD, 'utf8');
  return bytes;
}

/**
 * Writes chunks straight to the socket: Node's own chunk writing needs four buffers for each
 * connection; this needs one for all connections.
 */
export class HttpStream {
  readonly #response: ServerResponse;
  readonly #headers: Readonly<Record<string, string>>;
  /** True while bytes wait for the client. */
  readonly #paused = new BehaviorSubject(false);
  /** The memory of events that have not been sent completely. */
  #needed: ArrayBufferLike | undefined;

  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response;
    this.#headers = headers;
    const { socket } = response;
    const onDrain = (): void => this.#paused.next(false);
    socket?.on('drain', onDrain);
    response.on('close', () => socket?.off('drain', onDrain));
  }

  /** Sends the head. */
  begin(): void {
    this.#response.writeHead(200, {
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      // A stream ends its connection; an open one would only delay the daemon's shutdown.
      connection: 'close',
      ...this.#headers,
    });
    this.#response.flushHeaders();
  }

  /** Sends a {@link chunk}. */
  send(bytes: Buffer): void {
    const { socket, chunkedEncoding } = this.#response;
    if (socket === null || socket.destroyed) return;
    // A client of HTTP/1.0 gets the plain bytes, up to the end of the connection.
    const room = socket.write(chunkedEncoding ? bytes : bytes.subarray(HEAD, -TAIL));
    // Node returns `false` for any large write, even if the system has taken it.
    if (!room && socket.writableLength > 0) this.#paused.next(true);
  }

  /** Sends events, at least one. */
  sendEvents(blocks: Lender, events: readonly EngineEvent[]): void {
    blocks.lend(events, (bytes) => {
      this.send(bytes);
      // The bytes are needed until all of them have been sent.
      const needed = this.#response.socket?.writableLength !== 0;
      this.#needed = needed ? bytes.buffer : undefined;
      return needed;
    });
  }

  /** The client of a subscription. */
  client(take: Client['take']): Client {
    return {
      take,
      paused: this.#paused,
      held: () => (this.#paused.value ? this.#needed : undefined),
      cutOff: () => this.#response.socket?.destroy(),
    };
  }

  end(): void {
    this.#response.end();
  }
}

/**
 * Calls back once no client can take an answer any more: at once if `close` was emitted before the
 * call.
 */
export function onGone(response: ServerResponse, callback: () => void): void {
  const isGone = response.closed || response.destroyed || response.socket?.destroyed !== false;
  if (isGone) callback();
  else response.on('close', callback);
}
