/**
 * The one HTTP client of webhooks, alerts and sinks: POST requests over kept connections, with own
 * certificates if given.
 */
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Observable } from 'rxjs';
import { givenMaterial, type TlsMaterial } from '../tls-material.ts';
import { version } from '../version.ts';
import { type Outcome, reasonOf } from './outcome.ts';

export interface HttpTarget {
  /** `http:` or `https:`. */
  readonly url: string;
  /** Additional headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: TlsMaterial | undefined;
}

export interface Content {
  readonly body: string | Buffer;
  /** Headers of this request; they win over those of the target. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer: its status, and the beginning of its body if it was read. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  /** The content of `Retry-After`. */
  readonly retryAfter: string | undefined;
  /** At most 64 KiB; empty if the body was not asked for. */
  readonly body: string;
}

/** Bytes of an answer that are read. */
const READ = 64 * 1024;

/** Time for the rest of an answer whose status is known, in ms. */
const READ_WITHIN = 1000;

/** Free connections that are kept for each receiver. */
const KEPT = { keepAlive: true, maxFreeSockets: 4, timeout: 60_000 };

/** Connections without certificates of their own are shared. */
const shared = { 'http:': new http.Agent(KEPT), 'https:': new https.Agent(KEPT) };

/** A client for one receiver. */
export class HttpClient {
  readonly #target: HttpTarget;
  readonly #url: URL;
  readonly #agent: http.Agent;

  constructor(target: HttpTarget) {
    const { url, tls } = target;
    this.#target = target;
    this.#url = new URL(url);
    const own = tls !== undefined && this.#url.protocol === 'https:';
    const protocol = this.#url.protocol === 'https:' ? 'https:' : 'http:';
    this.#agent = own ? new https.Agent({ ...KEPT, ...givenMaterial(tls) }) : shared[protocol];
  }

  /**
   * Sends one POST request: subscribing sends it, unsubscribing closes the connection. Errors if no
   * answer comes. Redirects are not followed: only the user decides where events go.
   *
   * @param readsBody true to wait for the body of the answer; otherwise the status is the answer
   */
  post({ body, headers }: Content, readsBody = false): Observable<Answer> {
    return new Observable((subscriber) => {
      let request: ClientRequest;
      let answered = false;
      const send = (): void => {
        request = this.#request(body, headers);
        request.on('error', (error: NodeJS.ErrnoException) => {
          // The receiver closed a kept connection at the moment of its use.
          if (request.reusedSocket && error.code === 'ECONNRESET' && !subscriber.closed) send();
          else subscriber.error(error);
        });
        request.on('response', (response) => {
          const answer = (text: string): void => {
            answered = true;
            subscriber.next(answerOf(response, text));
            subscriber.complete();
          };
          if (readsBody) {
            read(response, answer, (error) => subscriber.error(error));
          } else {
            read(response, undefined, () => undefined);
            answer('');
          }
        });
        request.end(body);
      };
      send();
      return () => (answered ? undefined : request.destroy());
    });
  }

  #request(body: Content['body'], headers: Content['headers']): ClientRequest {
    const { request } = this.#url.protocol === 'https:' ? https : http;
    return request(this.#url, {
      method: 'POST',
      agent: this.#agent,
      headers: {
        'user-agent': `tidings/${version}`,
        ...this.#target.headers,
        ...headers,
        'content-length': Buffer.byteLength(body),
      },
    });
  }

  close(): void {
    if (this.#agent !== shared['http:'] && this.#agent !== shared['https:']) this.#agent.destroy();
  }
}

function answerOf({ statusCode = 0, statusMessage = '', headers }: IncomingMessage, body: string): Answer {
  return { status: statusCode, statusText: statusMessage, retryAfter: headers['retry-after'], body };
}

/**
 * Reads the beginning of a body, so that its connection can be used again. A body that is longer,
 * or does not end in time, loses its connection.
 */
function read(
  response: IncomingMessage,
  done: ((text: string) => void) | undefined,
  failed: (error: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const text = (): string => Buffer.concat(chunks).toString('utf8');
  const late = done === undefined ? setTimeout(() => response.destroy(), READ_WITHIN).unref() : undefined;
  response.on('error', failed);
  response.on('close', () => clearTimeout(late));
  response.on('end', () => done?.(text()));
  response.on('data', (chunk: Buffer) => {
    if (done !== undefined) chunks.push(chunk.subarray(0, READ - size));
    size += chunk.length;
    if (size <= READ) return;
    done?.(text());
    response.destroy();
  });
}

/** Statuses below 500 after which a repetition can help. */
const PASSING = new Set([408, 425, 429]);

/** Statuses that refuse the content: RFC 9110. */
const REFUSALS: Readonly<Record<number, Outcome['refusal']>> = { 400: 'event', 413: 'size', 422: 'event' };

/** The outcome of a delivery, by the status of the answer: 200 to 299 is success. */
export function judge({ status, statusText, retryAfter }: Answer, now: () => number = Date.now): Outcome {
  if (status >= 200 && status < 300) return { result: 'done', detail: `it answered ${status}`, retry: false };
  const redirect = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  return {
    result: 'failed',
    detail: `it answered ${[status, statusText.slice(0, 80)].join(' ').trim()}${redirect}`,
    retry: status >= 500 || PASSING.has(status),
    ...optional('retryAfter', retryAfter === undefined ? undefined : delayOf(retryAfter, now())),
    ...optional('refusal', REFUSALS[status]),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}

/** `Retry-After` in ms: seconds, or a date (RFC 9110, 10.2.3); undefined if it is neither. */
function delayOf(text: string, now: number): number | undefined {
  if (/^\s*\d{1,9}\s*$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The outcome of a delivery that got no answer. */
export function unanswered(error: unknown): Outcome {
  return { result: 'failed', detail: reasonOf(error), retry: true };
}
