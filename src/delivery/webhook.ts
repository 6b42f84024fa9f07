/**
 * Posts one event, signed according to Standard Webhooks, so that receivers can verify it with
 * existing libraries.
 */
import { createHmac } from 'node:crypto';
import { catchError, defer, map, type Observable, of } from 'rxjs';
import { HttpClient, type HttpTarget, judge, unanswered } from './http-post.ts';
import type { Outcome } from './outcome.ts';

export interface WebhookTarget extends HttpTarget {
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

/**
 * Sends one POST request: subscribing sends it, unsubscribing closes the connection. A status from
 * 200 to 299 is success; the body of the answer does not count. Redirects are not followed.
 */
export function post(target: WebhookTarget, delivery: Delivery): Observable<Outcome> {
  return defer(() => {
    const { id, timestamp, body } = delivery;
    const { secret } = target;
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      ...(secret === undefined ? {} : { 'webhook-signature': sign(secret, delivery) }),
    };
    const json = { 'content-type': 'application/json', ...target.headers };
    return new HttpClient({ ...target, headers: json }).post({ body, headers });
  }).pipe(
    map((answer) => judge(answer)),
    catchError((error: unknown) => of(unanswered(error))),
  );
}

/** `v1,` and the HMAC-SHA256 of id, time and body, in base64 (standardwebhooks.com). */
export function sign(secret: string, { id, timestamp, body }: Delivery): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
