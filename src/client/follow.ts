/** A daemon's stream as an Observable of frames, over `GET /v1/events`. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { asyncScheduler, type Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import { after } from '../../operators/later.ts';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import type { Frame } from '../collector/frames.ts';
import type { Query } from '../collector/query.ts';
import { decodeFrame } from '../encoders/ndjson.ts';
import { queryToParams } from '../encoders/query-params.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';
import { connectionError, DaemonError } from './error.ts';
import { LineSplitter } from './line-splitter.ts';
import { ask, refuse, silent } from './request.ts';

/** Options of `followDaemon`. */
export interface FollowDaemonOptions {
  /** Address of the daemon: `unix:///path`, the bare path, `http://…` or `https://…`. */
  readonly endpoint: string;
  /** Token for a daemon on TCP; only sent with TLS or to this machine. Default: none. */
  readonly token?: string | undefined;
  /** The query. Default: all events from now on. */
  readonly query?: Query | undefined;
  /** Ends the stream at once when aborted. */
  readonly signal?: AbortSignal | undefined;
  /**
   * While its latest value is `true`, nothing more is read: the daemon holds the events. Default:
   * never paused.
   */
  readonly paused?: Observable<boolean> | undefined;
  /** Time limit for the answer, in ms. Default 10,000. */
  readonly timeout?: number | undefined;
  /** The clock of the timeout. Default: the wall clock. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** Longest line: several times the largest event. */
const LONGEST_LINE = 32 * 1024 * 1024;

/**
 * Follows a daemon. Cold: subscribing connects, unsubscribing closes the connection. Completes
 * after the `end` frame; a stream that stops without one errors.
 *
 * Errors are {@link DaemonError}s. After `paused` emits `true`, at most 64 KiB that were already
 * read still arrive.
 *
 * @throws RangeError at the call if the endpoint is invalid
 *
 * @example
 * followDaemon({ endpoint: 'unix:///run/tidings/tidings.sock', query: { name: 'web-*' } })
 *   .subscribe((frame) => frame.kind === 'event' && console.log(frame.event.action))
 */
export function followDaemon(options: FollowDaemonOptions): Observable<Frame> {
  const { query = {}, token, signal, paused, timeout = 10_000, scheduler = asyncScheduler } = options;
  const endpoint = parseEndpoint(options.endpoint);
  const path = `/v1/events?${queryToParams(query).toString()}`;
  const listen = (outgoing: ClientRequest, subscriber: Subscriber<Frame>): void => {
    const deadline = after(timeout, scheduler).subscribe(() => subscriber.error(silent(endpoint, timeout)));
    let answered = false;
    outgoing.on('response', (answer) => {
      answered = true;
      deadline.unsubscribe();
      if (answer.statusCode === 200) read(answer, endpoint, paused, subscriber);
      else refuse(answer, endpoint, subscriber);
    });
    outgoing.on('error', (error) => subscriber.error(connectionError(error, endpoint.text, answered)));
    subscriber.add(deadline);
  };
  const frames = ask(endpoint, path, token, listen);
  return signal === undefined ? frames : frames.pipe(takeUntilCancelled(signal));
}

function read(
  answer: IncomingMessage,
  { text: where }: Endpoint,
  paused: Observable<boolean> | undefined,
  subscriber: Subscriber<Frame>,
): void {
  const lines = new LineSplitter(LONGEST_LINE);
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
        new DaemonError('protocol', `the server at ${where} is not tidings: ${(cause as Error).message}`, {
          cause,
        }),
      );
    }
  });
  answer.on('end', () =>
    subscriber.error(new DaemonError('lost', `${where} closed the stream without an end frame`)),
  );
  answer.on('error', (error) => subscriber.error(connectionError(error, where, true)));
  subscriber.add(paused?.subscribe((isPaused) => void (isPaused ? answer.pause() : answer.resume())));
}
