/** JSON objects that a daemon answers with. */
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

/** An answer before its check. */
type Answer = Readonly<Record<string, unknown>>;

/**
 * Asks once for an object. Errors are {@link DaemonError}s.
 *
 * @param read takes the parts out of the answer; throws an Error if it has another form
 * @throws RangeError at the call if the endpoint is invalid
 */
export function askObject<T>(path: string, read: (answer: Answer) => T, options: AskOptions): Observable<T> {
  const endpoint = parseEndpoint(options.endpoint);
  const odd = (why: string): DaemonError =>
    new DaemonError('protocol', `the server at ${endpoint.text} is not tidings: ${why}`);
  const listen = (outgoing: ClientRequest, subscriber: Subscriber<T>): void => {
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
          subscriber.next(read(JSON.parse(text) as Answer));
          subscriber.complete();
        } catch (error) {
          subscriber.error(odd((error as Error).message));
        }
      });
    });
  };
  return ask(endpoint, path, options.token, listen);
}

/**
 * Asks once for the list under `key` in the answer. Errors are {@link DaemonError}s.
 *
 * @throws RangeError at the call if the endpoint is invalid
 */
export function askList<T>(path: string, key: string, options: AskOptions): Observable<readonly T[]> {
  const read = (answer: Answer): readonly T[] => {
    const list = answer[key];
    if (!Array.isArray(list)) throw new Error(`it names no ${key}`);
    return list as readonly T[];
  };
  return askObject(path, read, options);
}
