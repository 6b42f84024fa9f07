/** Answers that are no stream. */
import type { ServerResponse } from 'node:http';
import { stringify } from '../../encoders/json-text.ts';
import { TooManySubscriptions } from '../subscriptions.ts';

/** A request that is refused, with its status. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Answers with a body in one piece. */
export function answer(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** What was thrown as a refusal; undefined when it is a fault of ours. */
export function refusalOf(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (error instanceof RangeError) return new HttpError(400, error.message);
  if (error instanceof TooManySubscriptions) return new HttpError(429, error.message, { 'retry-after': '5' });
  return undefined;
}

/** The body that says why: as Docker's API has it, and ours. It may repeat what was asked, and be shown on a terminal. */
export function messageBody(message: string): string {
  return `${stringify({ message })}\n`;
}
