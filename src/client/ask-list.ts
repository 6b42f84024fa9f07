/** Lists that a daemon answers with. */
import type { ClientRequest } from 'node:http';
import type { Observable, Subscriber } from 'rxjs';
import { parseEndpoint } from './endpoint.ts';
import { connectionError, DaemonError } from './error.ts';
import { ask, refuse } from './request.ts';

/** Longest answer, in bytes. */
const LONGEST = 4 * 1024 * 1024;

export interface AskOptions {
  /** Where the daemon listens: `unix:///path`, the bare path, `http://…` or `https://…`. */
  readonly endpoint: string;
  readonly token?: string | undefined;
}

/**
 * Asks once for the list under `key` in the answer. Errors are {@link DaemonError}s.
 *
 * @throws RangeError at the call if the endpoint is invalid
 */
export function askList<T>(path: string, key: string, options: AskOptions): Observable<readonly T[]> {
  const endpoint = parseEndpoint(options.endpoint);
  const odd = (why: string): DaemonError =>
    new DaemonError('protocol', `the server at ${endpoint.text} is not tidings: ${why}`);
  const listen = (outgoing: ClientRequest, subscriber: Subscriber<readonly T[]>): void => {
    outgoing.on('error', (error) => subscriber.error(connectionError(error, endpoint.text, false)));
    outgoing.on('response', (answer) => {
      if (answer.statusCode !== 200) return refuse(answer, endpoint, subscriber);
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > LONGEST) subscriber.error(odd(`an answer of more than ${LONGEST} bytes`));
      });
      answer.on('error', (error) => subscriber.error(connectionError(error, endpoint.text, true)));
      answer.on('end', () => {
        try {
          const list = (JSON.parse(text) as Readonly<Record<string, unknown>>)[key];
          if (!Array.isArray(list)) throw new Error(`it names no ${key}`);
          subscriber.next(list as readonly T[]);
          subscriber.complete();
        } catch (error) {
          subscriber.error(odd((error as Error).message));
        }
      });
    });
  };
  return ask(endpoint, path, options.token, listen);
}
