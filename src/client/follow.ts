/** A daemon's stream as an Observable of frames, over `GET /v1/events`. */
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { asyncScheduler, Observable, type SchedulerLike, type Subscriber, timer } from 'rxjs';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import type { Frame } from '../collector/frames.ts';
import type { Query } from '../collector/query.ts';
import { decodeFrame } from '../encoders/ndjson.ts';
import { queryToParams } from '../encoders/query-params.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';
import { connectionError, DaemonError } from './error.ts';
import { Lines } from './lines.ts';

export interface FollowDaemonOptions {
  /** Where it listens: `unix:///path`, the bare path, `http://…` or `https://…`. */
  readonly endpoint: string;
  /** What a daemon on TCP may want to see; sent with TLS or to this machine alone. Default: nothing. */
  readonly token?: string | undefined;
  /** What is asked for. Default: everything from now on. */
  readonly query?: Query | undefined;
  /** Ends the stream at once when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** While the latest value is `true`, nothing more is read: the daemon keeps what comes. Default: never. */
  readonly paused?: Observable<boolean> | undefined;
  /** How long the daemon may take to answer, in ms. Default 10,000. */
  readonly timeout?: number | undefined;
  /** The clock of the timeout. Default: the wall clock. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** Longest line that is read: several times the largest event that engines are let through with. */
const LONGEST_LINE = 32 * 1024 * 1024;

/** As much of an error's answer as is read. */
const LONGEST_ANSWER = 64 * 1024;

/**
 * Follows a daemon. Cold: subscribing connects, unsubscribing closes the connection. Completes after the `end`
 * frame; a stream that stops without one errors.
 *
 * Errors are {@link DaemonError}s. After `paused` says `true`, what was already read still comes: at most 64 KiB.
 *
 * @throws RangeError at the call when the endpoint is none
 */
export function followDaemon(options: FollowDaemonOptions): Observable<Frame> {
  const { query = {}, token, signal, paused, timeout = 10_000, scheduler = asyncScheduler } = options;
  const endpoint = parseEndpoint(options.endpoint);
  const path = `/v1/events?${queryToParams(query).toString()}`;
  const frames = new Observable<Frame>((subscriber) => {
    const outgoing = ask(endpoint, path, token);
    const deadline = timer(timeout, scheduler).subscribe(() => subscriber.error(silent(endpoint, timeout)));
    let answered = false;
    outgoing.on('response', (answer) => {
      answered = true;
      deadline.unsubscribe();
      if (answer.statusCode === 200) read(answer, endpoint, paused, subscriber);
      else refuse(answer, endpoint, subscriber);
    });
    outgoing.on('error', (error) => subscriber.error(connectionError(error, endpoint.text, answered)));
    outgoing.end();
    subscriber.add(deadline);
    subscriber.add(() => outgoing.destroy());
  });
  return signal === undefined ? frames : frames.pipe(takeUntilCancelled(signal));
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

function ask(
  { secure, socketPath, hostname, port }: Endpoint,
  path: string,
  token: string | undefined,
): ReturnType<typeof plainRequest> {
  // Over a network that others may listen on, it is better kept.
  const safe = secure || socketPath !== undefined || LOOPBACK.has(hostname ?? '');
  const authorization = token === undefined || !safe ? {} : { authorization: `Bearer ${token}` };
  const headers = { accept: 'application/x-ndjson', ...authorization };
  if (socketPath !== undefined) {
    return plainRequest({ socketPath, path, agent: false, headers: { ...headers, host: 'localhost' } });
  }
  const outgoing = (secure ? secureRequest : plainRequest)({ hostname, port, path, agent: false, headers });
  // A host that vanished is noticed, though a stream may be silent for long.
  outgoing.setSocketKeepAlive(true, 15_000);
  return outgoing;
}

function read(
  answer: IncomingMessage,
  { text: where }: Endpoint,
  paused: Observable<boolean> | undefined,
  subscriber: Subscriber<Frame>,
): void {
  const lines = new Lines(LONGEST_LINE);
  answer.on('data', (chunk: Buffer) => {
    try {
      for (const line of lines.push(chunk)) {
        const frame = decodeFrame(line);
        subscriber.next(frame);
        if (frame.kind === 'end') subscriber.complete();
        if (subscriber.closed) return;
      }
    } catch (cause) {
      subscriber.error(
        new DaemonError('protocol', `what answers at ${where} is no tidings: ${(cause as Error).message}`, {
          cause,
        }),
      );
    }
  });
  answer.on('end', () =>
    subscriber.error(new DaemonError('lost', `${where} ended the stream without a word`)),
  );
  answer.on('error', (error) => subscriber.error(connectionError(error, where, true)));
  subscriber.add(paused?.subscribe((isPaused) => void (isPaused ? answer.pause() : answer.resume())));
}

/** Reads why, as `{"message": …}` or plain text. */
function refuse(answer: IncomingMessage, { text: where }: Endpoint, subscriber: Subscriber<Frame>): void {
  let text = '';
  answer.setEncoding('utf8');
  answer.on('data', (chunk: string) => (text = (text + chunk).slice(0, LONGEST_ANSWER)));
  answer.on('error', (error) => subscriber.error(connectionError(error, where, true)));
  answer.on('end', () => {
    const status = answer.statusCode ?? 0;
    // No page of another service is worth printing.
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

function silent({ text: where }: Endpoint, timeout: number): DaemonError {
  return new DaemonError('lost', `${where} took the connection but did not answer within ${timeout} ms`);
}
