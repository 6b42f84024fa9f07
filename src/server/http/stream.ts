/** A response that goes on: the head at once, then bytes that many connections share. */
import type { ServerResponse } from 'node:http';
import type { EngineEvent } from '../../event.ts';
import type { Blocks, Framing } from '../stream/blocks.ts';
import type { ClientOutlet } from '../subscriptions.ts';

/** Digits of a chunk's length: fixed, so that its bytes are always at the same place. */
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

/** A text as one chunk. */
export function chunk(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD + Buffer.byteLength(text) + TAIL);
  chunks.write(bytes);
  bytes.write(text, HEAD, 'utf8');
  return bytes;
}

/**
 * Sends chunks straight to the socket: Node's own writing of a chunk is four buffers for each connection, ours is one
 * for all of them.
 */
export class HttpStream {
  readonly #response: ServerResponse;
  readonly #chunked: boolean;
  /** The memory of events that have not all left. */
  #needed: ArrayBufferLike | undefined;

  /** Sends the head. */
  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response;
    response.writeHead(200, {
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      // Nothing comes after a stream; kept open, it would only hold up the end of the daemon.
      connection: 'close',
      ...headers,
    });
    response.flushHeaders();
    // A client of HTTP/1.0 gets the bytes as they are, up to the end of the connection.
    this.#chunked = response.chunkedEncoding;
  }

  /** Sends what {@link chunk} made; returns whether more would leave at once. */
  send(bytes: Buffer): boolean {
    const { socket } = this.#response;
    if (socket === null || socket.destroyed) return false;
    const room = socket.write(this.#chunked ? bytes : bytes.subarray(HEAD, -TAIL));
    // Node says `false` of any large write, though the system may have taken it already.
    return room || socket.writableLength === 0;
  }

  /** Sends events, as {@link send} does. */
  sendEvents(blocks: Blocks, events: readonly EngineEvent[]): boolean {
    let room = false;
    blocks.lend(events, (bytes) => {
      room = this.send(bytes);
      // What has not left is still read from the bytes.
      const needed = this.#response.socket?.writableLength !== 0;
      this.#needed = needed ? bytes.buffer : undefined;
      return needed;
    });
    return room;
  }

  /** What the client's subscription asks about the memory that it holds. */
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

/** Calls back once nobody can take an answer any more: at once if its `close` was emitted before anybody listened. */
export function onGone(response: ServerResponse, callback: () => void): void {
  const isGone = response.closed || response.destroyed || response.socket?.destroyed !== false;
  if (isGone) callback();
  else response.on('close', callback);
}
