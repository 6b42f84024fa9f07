/** HTTP requests to an engine, as Observables. */
import { type IncomingMessage, request } from 'node:http';
import { defer, Observable } from 'rxjs';
import type { RemoteAddress } from './remote.ts';

/** Address of an engine: the path of a Unix socket, or another host. */
export type HttpAddress = string | RemoteAddress;

/** The endpoint of an address. */
export function endpointOf(address: HttpAddress): string {
  return typeof address === 'string' ? `unix://${address}` : address.text;
}

/** Sends a GET request: see {@link send}. */
export function get<T>(
  address: HttpAddress,
  path: string,
  read: (answer: IncomingMessage) => Observable<T>,
): Observable<T> {
  return send(address, 'GET', path, read);
}

/**
 * Sends a request without a body, on its own connection. Subscribing sends it and emits what `read`
 * makes of the answer. Errors as the socket does. Unsubscribing closes the connection at once.
 */
export function send<T>(
  address: HttpAddress,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  read: (answer: IncomingMessage) => Observable<T>,
): Observable<T> {
  return new Observable((subscriber) => {
    // HTTP servers require a host; a Unix socket has none.
    const options = { method, path, headers: { host: 'localhost' } };
    const outgoing =
      typeof address === 'string'
        ? request({ ...options, socketPath: address, agent: false })
        : address.request(options);
    outgoing.on('response', (answer) => subscriber.add(defer(() => read(answer)).subscribe(subscriber)));
    outgoing.on('error', (error) => subscriber.error(error));
    outgoing.end();
    return () => outgoing.destroy();
  });
}

/** The chunks of an answer's body; errors if the connection is lost before its end. */
export function body(answer: IncomingMessage): Observable<Buffer> {
  return new Observable((subscriber) => {
    answer.on('data', (chunk: Buffer) => subscriber.next(chunk));
    answer.on('end', () => subscriber.complete());
    answer.on('error', (error) => subscriber.error(error));
  });
}

/** The start of an answer's body as text: emits once, at its end or after `limit` bytes. */
export function bodyText(answer: IncomingMessage, limit: number = 64 * 1024): Observable<string> {
  return new Observable((subscriber) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (): void => {
      subscriber.next(Buffer.concat(chunks).toString('utf8', 0, limit));
      subscriber.complete();
    };
    return body(answer).subscribe({
      next: (chunk) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= limit) finish();
      },
      error: (error) => subscriber.error(error),
      complete: finish,
    });
  });
}
