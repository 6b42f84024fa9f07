/** Docker's answers: whether they are one, which version is spoken, and what an error says. */
import type { IncomingMessage } from 'node:http';
import { mergeMap, type Observable, throwError } from 'rxjs';
import { bodyText } from '../http-client.ts';

/** The newest version whose events are known; Docker's own clients cap theirs in the same way. */
const NEWEST: readonly [number, number] = [1, 51];

/**
 * The version to speak after an answer to `/_ping`: the smaller of the daemon's and ours; `''` for a daemon that names none.
 *
 * @throws Error when what answers is not Docker
 */
export function versionToSpeak(answer: IncomingMessage): string {
  if (answer.headers['libpod-api-version'] !== undefined) {
    throw new Error('it is Podman that answers here, not Docker: follow it as podman');
  }
  const stated = answer.headers['api-version'];
  if (stated === undefined) return '';
  const [, major, minor] = /^(\d{1,3})\.(\d{1,3})$/.exec(String(stated)) ?? [];
  if (major === undefined) throw new Error(`it states an API version that is none: ${quote(String(stated))}`);
  const theirs: readonly [number, number] = [Number(major), Number(minor)];
  return (theirs[0] - NEWEST[0] || theirs[1] - NEWEST[1]) < 0 ? theirs.join('.') : NEWEST.join('.');
}

/** An answer of another status than expected: somebody is there, and refuses. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

/** Reads an answer whose status is one of these (default: 200); at any other, errors with what it says. */
export function mustBeOk<T>(
  answer: IncomingMessage,
  read: () => Observable<T>,
  statuses: readonly number[] = [200],
): Observable<T> {
  const { statusCode = 0 } = answer;
  if (statuses.includes(statusCode)) return read();
  return bodyText(answer).pipe(
    mergeMap((text) =>
      throwError(() => new AnswerError(`it answers ${statusCode}: ${quote(message(text))}`)),
    ),
  );
}

/** Docker's errors are `{"message":"…"}`; others (a proxy's) are whatever they are. */
function message(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message);
  } catch {
    // Not JSON.
  }
  return text.trim();
}

/** Text of others in a message of ours: one line, no control characters, not endless. */
function quote(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').slice(0, 200);
}
