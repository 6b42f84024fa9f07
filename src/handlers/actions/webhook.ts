/** One POST of an event, signed as Standard Webhooks has it, so that receivers can check it with what they have. */
import { createHmac } from 'node:crypto';
import { Observable } from 'rxjs';
import { version } from '../../version.ts';
import type { Outcome } from './outcome.ts';

export interface WebhookTarget {
  /** `http:` or `https:`. */
  readonly url: string;
  /** Besides ours, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The key of the signature, as it is written: `whsec_` and base64, or any text. Default: no signature. */
  readonly secret?: string | undefined;
}

export interface Delivery {
  /** What makes this delivery one: the same however often it is tried. Without a dot. */
  readonly id: string;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
  /** JSON. */
  readonly body: string;
}

/** Statuses, besides those of 500 and up, at which trying again can help. */
const PASSING = new Set([408, 425, 429]);

/**
 * Posts it once: subscribing sends, unsubscribing lets go of the connection. Any status of 200 to 299 is success; the answer's
 * body is not read. Redirects are not followed: where events go is for the rule alone to say.
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
      // What cannot be cancelled any more has ended by itself.
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

/** The cause says what happened; the error itself only that the fetch failed. */
function reason(error: unknown): string {
  const { cause, message } = error as Error & { cause?: Error };
  return cause === undefined || cause.message === '' ? message : cause.message;
}

/** `v1,` and the HMAC-SHA256 of id, time and body, in base64 (standardwebhooks.com). */
export function sign(secret: string, { id, timestamp, body }: Delivery): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
