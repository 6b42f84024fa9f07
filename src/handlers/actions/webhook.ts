/**
 * Posts one event, signed according to Standard Webhooks, so that receivers can verify it with
 * existing libraries.
 */
import { createHmac } from 'node:crypto';
import { Observable } from 'rxjs';
import { version } from '../../version.ts';
import type { Outcome } from './outcome.ts';

export interface WebhookTarget {
  /** `http:` or `https:`. */
  readonly url: string;
  /** Additional headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The signature key as configured: `whsec_` and base64, or any text. Default: no signature. */
  readonly secret?: string | undefined;
}

export interface Delivery {
  /** Identity of the delivery, the same in every attempt. Without a dot. */
  readonly id: string;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
  /** JSON. */
  readonly body: string;
}

/** Statuses below 500 after which a repetition can help. */
const PASSING = new Set([408, 425, 429]);

/**
 * Sends one POST request: subscribing sends it, unsubscribing closes the connection. A status from
 * 200 to 299 is success; the body of the answer is not read. Redirects are not followed: only the
 * rule decides where events go.
 */
export function post({ url, headers, secret }: WebhookTarget, delivery: Delivery): Observable<Outcome> {
  return new Observable((subscriber) => {
    const { id, timestamp, body } = delivery;
    const controller = new AbortController();
    const signature = secret === undefined ? {} : { 'webhook-signature': sign(secret, delivery) };
    fetch(url, {
      method: 'POST',
      body,
      redirect: 'manual',
      signal: controller.signal,
      headers: {
        'content-type': 'application/json',
        'user-agent': `tidings/${version}`,
        ...headers,
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        ...signature,
      },
    })
      .then(
        (answer) => {
          subscriber.next(judge(answer));
          return answer.body?.cancel();
        },
        (error: unknown) => subscriber.next({ result: 'failed', detail: reason(error), retry: true }),
      )
      // A cancellation that fails means that the body has ended already.
      .catch(() => undefined)
      .finally(() => subscriber.complete());
    return () => controller.abort();
  });
}

function judge({ status, ok, statusText }: Response): Outcome {
  if (ok) return { result: 'done', detail: `it answered ${status}`, retry: false };
  const redirect = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  const detail = `it answered ${[status, statusText.slice(0, 80)].join(' ').trim()}${redirect}`;
  return { result: 'failed', detail, retry: status >= 500 || PASSING.has(status) };
}

/** The cause holds the reason; the error itself only says that the fetch failed. */
function reason(error: unknown): string {
  const { cause, message } = error as Error & { cause?: Error };
  return cause === undefined || cause.message === '' ? message : cause.message;
}

/** `v1,` and the HMAC-SHA256 of id, time and body, in base64 (standardwebhooks.com). */
export function sign(secret: string, { id, timestamp, body }: Delivery): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
