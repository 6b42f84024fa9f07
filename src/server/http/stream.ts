/** A streaming response: sends the head at once, then bytes shared by many connections. */
import type { ServerResponse } from 'node:http';
import type { EngineEvent } from '../../event.ts';
import type { Blocks, Framing } from '../stream/blocks.ts';
import type { ClientOutlet } from '../subscriptions.ts';

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
  readonly #chunked: boolean;
  /** The memory of events that have not been sent completely. */
  #needed: ArrayBufferLike | undefined;

  /** Sends the head. */
  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response;
    response.writeHead(200, {
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      // A stream ends its connection; an open one would only delay the daemon's shutdown.
      connection: 'close',
      ...headers,
    });
    response.flushHeaders();
    // A client of HTTP/1.0 gets the plain bytes, up to the end of the connection.
    this.#chunked = response.chunkedEncoding;
  }

  /** Sends a {@link chunk}; returns true if more can be sent at once. */
  send(bytes: Buffer): boolean {
    const { socket } = this.#response;
    if (socket === null || socket.destroyed) return false;
    const room = socket.write(this.#chunked ? bytes : bytes.subarray(HEAD, -TAIL));
    // Node returns `false` for any large write, even if the system has taken it.
    return room || socket.writableLength === 0;
  }

  /** Sends events, as {@link send} does. */
  sendEvents(blocks: Blocks, events: readonly EngineEvent[]): boolean {
    let room = false;
    blocks.lend(events, (bytes) => {
      room = this.send(bytes);
      // The bytes are needed until all of them have been sent.
      const needed = this.#response.socket?.writableLength !== 0;
      this.#needed = needed ? bytes.buffer : undefined;
      return needed;
    });
    return room;
  }

  /** The memory held by the client, for its subscription. */
  get holding(): Pick<ClientOutlet, 'held' | 'cutOff'> {
    return { held: () => this.#needed, cutOff: () => this.#response.socket?.destroy() };
  }

  /** Calls back whenever there is room again. */
  onRoom(callback: () => void): void {
    const { socket } = this.#response;
    socket?.on('drain', callback);
    this.#response.on('close', () => socket?.off('drain', callback));
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
