/** A daemon's engines, over `GET /v1/engines`. */
import type { ClientRequest } from 'node:http';
import type { Observable, Subscriber } from 'rxjs';
import { parseEndpoint } from './endpoint.ts';
import { connectionError, DaemonError } from './error.ts';
import { ask, refuse } from './request.ts';

/** An engine as a daemon reports it. */
export interface EngineAnswer {
  readonly engine: string;
  readonly endpoint?: string;
  /** The engine's own identity, if it states one. */
  readonly id?: string;
  readonly state: string;
  /** The reason, for people. */
  readonly detail: string;
  readonly version?: string;
  /** The engine's clock minus the daemon's: in seconds, ± 1. */
  readonly clockDifference?: number;
  /**
   * The start of the stream after a lost connection, by the engine's own clock: decimal nanoseconds
   * since the Unix epoch; `oldest` for all kept events; `live` if the engine keeps none.
   */
  readonly position?: string;
  /** The time of the last event to arrive: nanoseconds since the Unix epoch, in decimal. */
  readonly lastEvent?: string;
  /** Count of events since the daemon started. */
  readonly events?: number;
  readonly reconnects?: number;
}

/** Longest answer, in bytes. */
const LONGEST = 4 * 1024 * 1024;

/**
 * Asks once. Errors are {@link DaemonError}s.
 *
 * @throws RangeError at the call if the endpoint is invalid
 */
export function askEngines(options: {
  /** Where the daemon listens: `unix:///path`, the bare path, `http://…` or `https://…`. */
  readonly endpoint: string;
  readonly token?: string | undefined;
}): Observable<readonly EngineAnswer[]> {
  const endpoint = parseEndpoint(options.endpoint);
  const odd = (why: string): DaemonError =>
    new DaemonError('protocol', `the server at ${endpoint.text} is not tidings: ${why}`);
  const listen = (outgoing: ClientRequest, subscriber: Subscriber<readonly EngineAnswer[]>): void => {
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
          const { engines } = JSON.parse(text) as { engines?: unknown };
          if (!Array.isArray(engines)) throw new Error('it names no engines');
          subscriber.next(engines as readonly EngineAnswer[]);
          subscriber.complete();
        } catch (error) {
          subscriber.error(odd((error as Error).message));
        }
      });
    });
  };
  return ask(endpoint, '/v1/engines', options.token, listen);
}
