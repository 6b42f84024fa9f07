/** Answers other than streams. */
import type { ServerResponse } from 'node:http';
import { stringify } from '../../encoders/json-text.ts';
import { TooManySubscriptions } from '../subscriptions.ts';

/** A refusal of a request, with its status. */
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

/** Converts an error to a refusal; undefined for an internal error. */
export function refusalOf(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (error instanceof RangeError) return new HttpError(400, error.message);
  if (error instanceof TooManySubscriptions) return new HttpError(429, error.message, { 'retry-after': '5' });
  return undefined;
}

/**
 * Makes a JSON body with the reason, in the form of Docker's API. It may quote the request and may
 * be shown on a terminal.
 */
export function messageBody(message: string): string {
  return `${stringify({ message })}\n`;
}
