/** A daemon's containers, over `GET /v1/containers`. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { asyncScheduler, type Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import type { ContainerState } from '../../operators/container-state.ts';
import { after } from '../../operators/later.ts';
import { parseEndpoint } from './endpoint.ts';
import { connectionError, DaemonError } from './error.ts';
import { ask, refuse, silent } from './request.ts';

/** Options of `askContainers`. */
export interface AskContainersOptions {
  /** Address of the daemon: `unix:///path`, the bare path, `http://…` or `https://…`. */
  readonly endpoint: string;
  /** Token for a daemon on TCP. Default: none. */
  readonly token?: string | undefined;
  /** Names or patterns, as for events. Default: all. */
  readonly name?: readonly string[] | undefined;
  /** A past time, in any notation of the daemon. Default: now. */
  readonly at?: string | undefined;
  /** Time limit for the answer, in ms. Default 10,000. */
  readonly timeout?: number | undefined;
  /** The clock of the timeout. Default: the wall clock. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** Answer of the daemon. */
export interface ContainersAnswer {
  /** Later events are not included; only for current containers. */
  readonly cursor?: string;
  readonly containers: readonly (ContainerState & { readonly uncertain?: true })[];
  /** Missing events; only for a past time. */
  readonly gaps?: readonly { readonly reason: string; readonly since: string; readonly until: string }[];
}

/** Longest answer, in bytes. */
const LONGEST = 256 * 1024 * 1024;

/**
 * Asks once. Errors are {@link DaemonError}s.
 *
 * @throws RangeError at the call if the endpoint is invalid
 */
export function askContainers(options: AskContainersOptions): Observable<ContainersAnswer> {
  const { token, name = [], at, timeout = 10_000, scheduler = asyncScheduler } = options;
  const endpoint = parseEndpoint(options.endpoint);
  const params = new URLSearchParams(name.map((each): [string, string] => ['name', each]));
  if (at !== undefined) params.set('at', at);
  const query = params.toString();
  const path = `/v1/containers${query === '' ? '' : `?${query}`}`;
  const listen = (outgoing: ClientRequest, subscriber: Subscriber<ContainersAnswer>): void => {
    subscriber.add(after(timeout, scheduler).subscribe(() => subscriber.error(silent(endpoint, timeout))));
    outgoing.on('response', (answer) => {
      if (answer.statusCode === 200) read(answer, endpoint.text, subscriber);
      else refuse(answer, endpoint, subscriber);
    });
    outgoing.on('error', (error) => subscriber.error(connectionError(error, endpoint.text, false)));
  };
  return ask(endpoint, path, token, listen);
}

function read(answer: IncomingMessage, where: string, subscriber: Subscriber<ContainersAnswer>): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const odd = (cause: unknown): void =>
    subscriber.error(
      new DaemonError('protocol', `the server at ${where} is not tidings: ${(cause as Error).message}`, {
        cause,
      }),
    );
  answer.on('data', (chunk: Buffer) => {
    size += chunk.length;
    chunks.push(chunk);
    if (size > LONGEST) odd(new RangeError(`an answer of more than ${LONGEST} bytes`));
  });
  answer.on('error', (error) => subscriber.error(connectionError(error, where, true)));
  answer.on('end', () => {
    try {
      const found = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ContainersAnswer;
      if (!Array.isArray(found.containers)) throw new Error('it names no containers');
      subscriber.next(found);
      subscriber.complete();
    } catch (error) {
      odd(error);
    }
  });
}
