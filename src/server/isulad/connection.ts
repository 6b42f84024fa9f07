/** One client's connection: a socket whose incoming bytes are inspected before HTTP/2 gets them. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { SchedulerLike, Subscription } from 'rxjs';
import { Inbound } from './inbound.ts';

/** Answer to a client that does not speak HTTP/2: usually an HTTP client on the wrong socket. */
const ANSWER = ((body) =>
  `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n` +
  `connection: close\r\n\r\n${body}`)(
  '{"message":"this socket speaks gRPC over HTTP/2 (as with iSulad); for HTTP, use tidings.sock beside it"}\n',
);

export interface ConnectionOptions {
  /** Time for a client to send the HTTP/2 preface, in ms. */
  readonly beginWithin: number;
  /** The clock of `beginWithin`. */
  readonly scheduler: SchedulerLike;
  /** Called once the client has sent the preface. */
  readonly onBegin: (connection: Connection) => void;
}

export class Connection extends Duplex {
  readonly #socket: Socket;
  readonly #inbound = new Inbound();
  #beginning: Subscription | undefined;

  constructor(socket: Socket, { beginWithin, scheduler, onBegin }: ConnectionOptions) {
    super();
    this.#socket = socket;
    this.#beginning = scheduler.schedule(() => this.destroy(), beginWithin);
    const begin = (): void => {
      if (this.begun) return;
      this.#stopWaiting();
      onBegin(this);
    };
    socket.on('data', (bytes: Buffer) => {
      const passed = this.#inbound.take(bytes);
      if (passed === undefined) return this.#refuse();
      if (passed.length === 0) return;
      if (!this.push(passed)) socket.pause();
      begin();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
    // Errors before HTTP/2 listens have no other handler.
    this.on('error', () => undefined);
  }

  /** True once the protocol of the client is known. */
  get begun(): boolean {
    return this.#beginning === undefined;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(bytes, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stopWaiting();
    this.#socket.destroy();
    done(error);
  }

  #stopWaiting(): void {
    this.#beginning?.unsubscribe();
    this.#beginning = undefined;
  }

  #refuse(): void {
    this.#stopWaiting();
    this.#socket.removeAllListeners('data').resume();
    this.#socket.end(ANSWER, () => this.destroy());
  }
}
