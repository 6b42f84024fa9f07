/** `node:http` of a simulated process: requests over the simulated network; and what a server's handler gets. */
import { EventEmitter } from 'node:events';
import { StringDecoder } from 'node:string_decoder';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { host } from './current.ts';
import type { Connection } from './network.ts';

/** Takes the chunked coding off (RFC 9112, 7.1). */
class Chunks {
  #held: Buffer = Buffer.alloc(0);
  #left = 0;

  push(bytes: Buffer): Buffer[] {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const out: Buffer[] = [];
    for (;;) {
      if (this.#left > 2) {
        const part = this.#held.subarray(0, this.#left - 2);
        if (part.length === 0) return out;
        out.push(part);
        this.#left -= part.length;
        this.#held = this.#held.subarray(part.length);
      } else if (this.#left > 0) {
        if (this.#held.length < this.#left) return out;
        this.#held = this.#held.subarray(this.#left);
        this.#left = 0;
      } else {
        const end = this.#held.indexOf('\r\n');
        if (end < 0) return out;
        const length = Number.parseInt(this.#held.toString('latin1', 0, end), 16);
        if (!(length >= 0)) throw new Error('a chunk without a length');
        this.#held = this.#held.subarray(end + 2);
        this.#left = length + 2;
      }
    }
  }
}

interface RequestOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly socketPath?: string;
  readonly createConnection?: () => { readonly path: string };
}

class Answer extends EventEmitter {
  readonly statusCode: number;
  readonly statusMessage = '';
  readonly headers: Readonly<Record<string, string>>;
  readonly #pause: (isPaused: boolean) => void;
  #decoder: StringDecoder | undefined;
  #chunks: Chunks | undefined;

  constructor(statusCode: number, headers: Readonly<Record<string, string>>, pause: (is: boolean) => void) {
    super();
    this.statusCode = statusCode;
    this.headers = headers;
    this.#pause = pause;
    if (headers['transfer-encoding'] === 'chunked') this.#chunks = new Chunks();
  }

  setEncoding(encoding: BufferEncoding): void {
    this.#decoder = new StringDecoder(encoding);
  }

  pause(): void {
    this.#pause(true);
  }

  resume(): void {
    this.#pause(false);
  }

  take(bytes: Buffer): void {
    const parts = this.#chunks === undefined ? [bytes] : this.#chunks.push(bytes);
    for (const part of parts)
      this.emit('data', this.#decoder === undefined ? part : this.#decoder.write(part));
  }
}

function request(options: RequestOptions): EventEmitter {
  const outgoing = new EventEmitter();
  let answer: Answer | undefined;
  let sent: ReturnType<ReturnType<typeof host>['network']['request']> | undefined;
  let destroyed = false;
  const path = options.socketPath ?? options.createConnection?.().path ?? '';
  const asked = { method: options.method ?? 'GET', url: options.path ?? '/', headers: options.headers ?? {} };
  const end = (): void => {
    sent = host().network.request(path, asked, {
      head: (status, headers) => {
        answer = new Answer(status, headers, (isPaused) => sent?.pause(isPaused));
        outgoing.emit('response', answer);
      },
      data: (bytes) => {
        if (!destroyed) answer?.take(bytes);
      },
      end: () => {
        if (destroyed) return;
        if (answer === undefined) outgoing.emit('error', new Error('socket hang up'));
        else answer.emit('end');
      },
      error: (error) => {
        if (destroyed) return;
        if (answer === undefined) outgoing.emit('error', error);
        else if (answer.listenerCount('error') > 0) answer.emit('error', error);
      },
    });
  };
  const destroy = (): void => {
    destroyed = true;
    sent?.close();
  };
  return Object.assign(outgoing, { end, destroy, setSocketKeepAlive: () => undefined });
}

/** `node:http`. */
export const fake: Readonly<Record<string, unknown>> = { request, Agent: EventEmitter };

/** Makes the arguments of a handler of Node's server. */
export function exchangeOf(connection: Connection): [IncomingMessage, ServerResponse] {
  const { asked } = connection;
  const socket = Object.assign(new EventEmitter(), {
    write: (bytes: Buffer) => connection.send(bytes),
    destroy: () => connection.abort(new Error('aborted')),
  });
  Object.defineProperties(socket, {
    destroyed: { get: () => connection.closed },
    writableLength: { get: () => connection.waiting },
  });
  const head = { status: 200, headers: {} as Record<string, string>, isSent: false };
  const response = Object.assign(new EventEmitter(), {
    socket,
    chunkedEncoding: true,
    writeHead: (status: number, headers: Record<string, string | number> = {}) => {
      head.status = status;
      for (const [name, value] of Object.entries(headers)) head.headers[name] = String(value);
      return response;
    },
    flushHeaders: () => {
      if (head.isSent) return;
      head.isSent = true;
      connection.send({ status: head.status, headers: { ...head.headers, 'transfer-encoding': 'chunked' } });
    },
    end: (body?: string) => {
      if (head.isSent) connection.send(Buffer.from('0\r\n\r\n'));
      else connection.send({ status: head.status, headers: head.headers });
      head.isSent = true;
      if (body !== undefined) connection.send(Buffer.from(body));
      connection.send('end');
    },
    destroy: () => connection.abort(new Error('aborted')),
  });
  Object.defineProperties(response, {
    headersSent: { get: () => head.isSent },
    closed: { get: () => connection.closed },
    destroyed: { get: () => connection.closed },
  });
  connection.on('drain', () => socket.emit('drain'));
  connection.on('close', () => {
    socket.emit('close');
    response.emit('close');
  });
  const request = {
    method: asked.method,
    url: asked.url,
    headers: asked.headers,
    socket,
    resume: () => undefined,
  };
  return [request as unknown as IncomingMessage, response as unknown as ServerResponse];
}
