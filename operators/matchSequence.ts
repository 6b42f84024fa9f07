import { asyncScheduler, type OperatorFunction, type SchedulerLike, take } from 'rxjs';
import { checkDuration, show } from './check.ts';
import { emitting } from './emitting.ts';
import { compileFilters, type Filterable, type Filters } from './filters.ts';
import { later } from './later.ts';

/** A condition on an event: filters, as in `byFilters`, or a predicate. */
export type Step<T> = Filters | ((event: T) => boolean);

/** Options of `matchSequence`. */
export interface SequenceOptions<T> {
  /**
   * Time limit for the whole sequence, in ms by the scheduler's clock, 0 or more. Default: no
   * limit.
   */
  readonly within?: number | undefined;
  /**
   * Event that must not come before the last step. It takes precedence over a step. Default: none.
   */
  readonly never?: Step<T> | undefined;
  /** The scheduler of the timers. Default: asyncScheduler. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** The result: all steps met, or the missing step. */
export type SequenceResult<T> =
  | {
      readonly met: true;
      /** The event that met each step. */
      readonly events: readonly T[];
    }
  | {
      readonly met: false;
      /** The events that met the first steps. */
      readonly events: readonly T[];
      /** Index of the first step that was not met: `events.length`. */
      readonly missing: number;
      /** The time was over, the source completed, or an event matched `never`. */
      readonly reason: 'timeout' | 'ended' | 'never';
      /** The event that matched `never`. */
      readonly event?: T;
    };

/**
 * Waits for events that meet the steps in order, with any other events in between, and emits one
 * result: the events that met the steps, or the missing step and the reason. Then it completes. One
 * event meets one step.
 *
 * The time starts at the subscription; synchronous values of the source, as in a replay, are in
 * time.
 *
 * Memory: an event for each step; one timer.
 *
 * @throws RangeError at the call without steps, or if filters or the time are invalid
 * @example
 * const result = await firstValueFrom(events.pipe(matchSequence([{ event: ['start'] }, { event: ['die'] }], { within: 5000 })))
 */
export function matchSequence<T extends Filterable>(
  steps: readonly Step<T>[],
  options?: SequenceOptions<T>,
): OperatorFunction<T, SequenceResult<T>>;
/** @deprecated Give the scheduler in the options. */
export function matchSequence<T extends Filterable>(
  steps: readonly Step<T>[],
  options: SequenceOptions<T>,
  scheduler: SchedulerLike,
): OperatorFunction<T, SequenceResult<T>>;
export function matchSequence<T extends Filterable>(
  steps: readonly Step<T>[],
  options: SequenceOptions<T> = {},
  scheduler: SchedulerLike = options.scheduler ?? asyncScheduler,
): OperatorFunction<T, SequenceResult<T>> {
  if (!Array.isArray(steps) || steps.length === 0) {
    throw new RangeError(`invalid steps ${show(steps)}: a list of one or more, each filters or a function`);
  }
  const { within = Infinity, never } = options;
  checkDuration('within', within);
  const asks = steps.map((step) => ask(step));
  const refuses = never === undefined ? undefined : ask(never);
  const verdict = emitting<T, SequenceResult<T>>((out) => {
    const events: T[] = [];
    const fail = (reason: 'timeout' | 'ended' | 'never', event?: T): void =>
      out.next({
        met: false,
        events,
        missing: events.length,
        reason,
        ...(event === undefined ? {} : { event }),
      });
    if (within !== Infinity) out.add(later(() => fail('timeout'), within, scheduler));
    return {
      next: (event) => {
        if (refuses?.(event)) return fail('never', event);
        if (asks[events.length]?.(event)) events.push(event);
        if (events.length === asks.length) out.next({ met: true, events });
      },
      complete: () => fail('ended'),
    };
  });
  return (source) => source.pipe(verdict, take(1));
}

function ask<T extends Filterable>(step: Step<T>): (event: T) => boolean {
  if (typeof step === 'function') return step;
  if (typeof step !== 'object' || step === null || Array.isArray(step)) {
    throw new RangeError(`invalid step ${show(step)}: filters such as { event: ['die'] }, or a function`);
  }
  return compileFilters(step);
}
