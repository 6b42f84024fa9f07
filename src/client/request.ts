/** One request to a daemon, and its refusals. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { defer, map, mergeMap, Observable, type Observer, of, type Subscriber } from 'rxjs';
import type { Endpoint } from './endpoint.ts';
import { connectionError, DaemonError } from './error.ts';

/** Most bytes read of an error's body. */
const LONGEST_ANSWER = 64 * 1024;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

/**
 * Sends a GET request, and emits what `listen` makes of its answer. Subscribing sends it,
 * unsubscribing closes the connection.
 *
 * @param listen called with the request before it is sent, and the subscriber
 */
export function ask<T>(
  endpoint: Endpoint,
  path: string,
  token: string | undefined,
  listen: (outgoing: ClientRequest, subscriber: Subscriber<T>) => void,
): Observable<T> {
  // TLS is loaded on demand: loading takes as long as the rest of a client.
  const requests = endpoint.secure
    ? defer(() => import('node:https')).pipe(map((https) => https.request))
    : of(request);
  return requests.pipe(
    mergeMap(
      (make) =>
        new Observable<T>((subscriber) => {
          const outgoing = get(make, endpoint, path, token);
          listen(outgoing, subscriber);
          outgoing.end();
          return () => outgoing.destroy();
        }),
    ),
  );
}

function get(
  make: typeof request,
  { secure, socketPath, hostname, port }: Endpoint,
  path: string,
  token: string | undefined,
): ClientRequest {
  // Over a network that others may listen on, the token stays secret.
  const safe = secure || socketPath !== undefined || LOOPBACK.has(hostname ?? '');
  const authorization = token === undefined || !safe ? {} : { authorization: `Bearer ${token}` };
  const headers = { accept: 'application/x-ndjson', ...authorization };
  if (socketPath !== undefined) {
    // Without an agent, whose check for a literal address compiles expressions for 3 ms.
    const createConnection = (): Socket => connect(socketPath);
    return make({ path, createConnection, headers: { ...headers, host: 'localhost' } });
  }
  const outgoing = make({ hostname, port, path, agent: false, headers });
  // Detects a host that vanished while the stream is silent.
  outgoing.setSocketKeepAlive(true, 15_000);
  return outgoing;
}

/** Reads the reason, as `{"message": …}` or plain text. */
export function refuse(
  answer: IncomingMessage,
  { text: where }: Endpoint,
  subscriber: Pick<Observer<unknown>, 'error'>,
): void {
  let text = '';
  answer.setEncoding('utf8');
  answer.on('data', (chunk: string) => (text = (text + chunk).slice(0, LONGEST_ANSWER)));
  answer.on('error', (error) => subscriber.error(connectionError(error, where, true)));
  answer.on('end', () => {
    const status = answer.statusCode ?? 0;
    // A page of another service is not worth printing.
    const message =
      messageOf(text) ?? `it answered ${status} ${answer.statusMessage}: is this a tidings daemon?`;
    subscriber.error(
      new DaemonError(status < 500 && status >= 400 ? 'refused' : 'lost', `${where}: ${message}`),
    );
  });
}

function messageOf(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the error of a daemon that does not answer in time. */
export function silent({ text: where }: Endpoint, timeout: number): DaemonError {
  return new DaemonError('lost', `${where} took the connection but did not answer within ${timeout} ms`);
}
