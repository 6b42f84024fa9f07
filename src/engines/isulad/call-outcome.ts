/** The outcome of iSulad's calls: `cc` other than 0 is an error with iSulad's message. */
import { map, type MonoTypeOperatorFunction } from 'rxjs';
import { CallError } from '../grpc/error.ts';
import { oneLine } from '../one-line.ts';
import type { CallOutcome } from './api.ts';

/** Errors with iSulad's message if a call did not succeed. */
export function mustSucceed<T extends CallOutcome>(): MonoTypeOperatorFunction<T> {
  return map((outcome) => {
    if (outcome.cc === 0) return outcome;
    const details = wordsOf(outcome);
    throw new CallError('INTERNAL', `it answers: ${details}`, { details });
  });
}

/** The message of a failure: one line that is safe to print. */
export function wordsOf({ cc, errmsg }: CallOutcome): string {
  const words = oneLine(errmsg);
  return words === '' ? `error ${cc}` : words;
}

/** Tests for a missing container: iSulad has no code for that. */
export function isNoSuch({ cc, errmsg }: CallOutcome): boolean {
  return cc !== 0 && /no such (image or )?container/i.test(errmsg);
}
