/** Reads Docker's answers: identity, API version, and error messages. */
import type { IncomingMessage } from 'node:http';
import { mergeMap, type Observable, throwError } from 'rxjs';
import { bodyText } from '../http-client.ts';
import { oneLine } from '../one-line.ts';

/**
 * The newest API version whose events are known; Docker's own clients cap their version in the same
 * way.
 */
const NEWEST: readonly [number, number] = [1, 54];

/**
 * Chooses the API version from an answer to `/_ping`: the smaller of the daemon's and ours; `''` if
 * the daemon states none.
 *
 * @throws Error if the answer is not Docker's
 */
export function versionToSpeak(answer: IncomingMessage): string {
  if (answer.headers['libpod-api-version'] !== undefined) {
    throw new Error('it is Podman that answers here, not Docker: follow it as podman');
  }
  const stated = answer.headers['api-version'];
  if (stated === undefined) return '';
  const [, major, minor] = /^(\d{1,3})\.(\d{1,3})$/.exec(String(stated)) ?? [];
  if (major === undefined) throw new Error(`it states an invalid API version: ${oneLine(String(stated))}`);
  const theirs: readonly [number, number] = [Number(major), Number(minor)];
  return (theirs[0] - NEWEST[0] || theirs[1] - NEWEST[1]) < 0 ? theirs.join('.') : NEWEST.join('.');
}

/** An answer with an unexpected status: the server refuses. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  /** The status of HTTP. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Reads an answer with one of these statuses (default: 200). Errors with the answer's message for
 * any other.
 */
export function mustBeOk<T>(
  answer: IncomingMessage,
  read: () => Observable<T>,
  statuses: readonly number[] = [200],
): Observable<T> {
  const { statusCode = 0 } = answer;
  if (statuses.includes(statusCode)) return read();
  return bodyText(answer).pipe(
    mergeMap((text) =>
      throwError(() => new AnswerError(statusCode, `it answers ${statusCode}: ${oneLine(message(text))}`)),
    ),
  );
}

/** Docker's errors are `{"message":"…"}`; those of a proxy can have any form. */
function message(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message);
  } catch {
    // Not JSON.
  }
  return text;
}
