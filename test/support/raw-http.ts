/** HTTP as bytes: what a client that does not behave sends, and what it gets. */
import { connect, type Socket } from 'node:net';

export interface RawClient extends Disposable {
  readonly socket: Socket;
  /** All that has come so far. */
  readonly text: () => string;
  /** Resolves once what has come matches; fails when the connection ends before. */
  until(pattern: RegExp): Promise<void>;
  /** Resolves with all that came once the server has closed the connection. */
  readonly ended: Promise<string>;
}

/** Connects and sends the bytes. */
export function rawClient(path: string, bytes: string | Buffer): RawClient {
  const socket = connect({ path, allowHalfOpen: true });
  let text = '';
  const waiting = new Set<() => void>();
  const check = (): void => {
    for (const each of waiting) each();
  };
  socket.setEncoding('latin1');
  socket.on('data', (data: string) => {
    text += data;
    check();
  });
  socket.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => {
    for (const event of ['end', 'close']) socket.on(event, () => resolve(text));
  });
  socket.write(bytes);
  return {
    socket,
    text: () => text,
    ended,
    until: async (pattern) => {
      await new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(text)) resolve();
        };
        waiting.add(look);
        void ended.then(() => reject(new Error(`the connection ended before ${String(pattern)}: ${text}`)));
        look();
      });
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

/** A request as bytes. */
export const get = (path: string, ...headers: string[]): string =>
  `${[`GET ${path} HTTP/1.1`, 'host: localhost', ...headers].join('\r\n')}\r\n\r\n`;
