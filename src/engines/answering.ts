/** Time limit for answers of engines. */
import { type MonoTypeOperatorFunction, type SchedulerLike, throwError, timeout } from 'rxjs';

/** Time limit for the start of an answer: in ms. */
const ANSWER_WITHIN = 10_000;

/** Errors unless the first value or the completion comes within 10 s. */
export function answering<T>(scheduler: SchedulerLike): MonoTypeOperatorFunction<T> {
  const late = (): Error => new Error(`it does not answer within ${ANSWER_WITHIN / 1000} s`);
  return timeout({ first: ANSWER_WITHIN, scheduler, with: () => throwError(late) });
}
