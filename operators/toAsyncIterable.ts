import { type Observable, Subject, takeUntil } from 'rxjs';
import { checkCount } from './check.ts';

/** Options of `toAsyncIterable`. */
export interface IterableOptions<T> {
  /** Most values that wait for the loop, 1 or more. */
  readonly limit: number;
  /**
   * Policy for a value beyond the limit: `error` ends the loop with a RangeError, `oldest` drops
   * the value that has waited longest, `newest` the new one. Default `error`: nothing is lost
   * silently.
   */
  readonly overflow?: 'error' | 'oldest' | 'newest' | undefined;
  /** Called with each dropped value. */
  readonly onDrop?: ((dropped: T) => void) | undefined;
}

/**
 * Converts an Observable to an async iterable, for `for await`: a loop that awaits between events
 * reads them from a bounded queue. Each loop subscribes at its start; leaving it (`break`,
 * `return`, an exception) unsubscribes at once. An error of the source ends the loop with that
 * error, after the values before it.
 *
 * Memory: up to `limit` values for each loop.
 *
 * @throws RangeError at the call if the limit or the overflow is invalid
 * @example
 * const loop = toAsyncIterable({ limit: 1000, overflow: 'oldest' });
 * for await (const event of loop(events)) await handle(event);
 */
export function toAsyncIterable<T = unknown>(
  options: IterableOptions<T>,
): <V extends T>(source: Observable<V>) => AsyncIterable<V> {
  const { limit, overflow = 'error', onDrop } = options;
  checkCount('limit', limit, 1);
  if (!['error', 'oldest', 'newest'].includes(overflow)) {
    throw new RangeError(`invalid overflow ${JSON.stringify(overflow)}: error, oldest or newest`);
  }
  return <V extends T>(source: Observable<V>) => ({
    [Symbol.asyncIterator]: () => {
      const waiting: V[] = [];
      const askers: Asker<V>[] = [];
      let end: End | undefined;
      let begun = false;
      const left = new Subject<void>();

      const settle = (ended: End): void => {
        end ??= ended;
        for (const asker of askers.splice(0)) answerEnd(asker);
      };
      const answerEnd = ({ resolve, reject }: Asker<V>): void => {
        if (end !== undefined && 'error' in end) {
          const { error } = end;
          end = {};
          reject(error);
        } else resolve({ done: true, value: undefined });
      };
      const take = (value: V): void => {
        if (end !== undefined) return;
        const asker = askers.shift();
        if (asker !== undefined) return asker.resolve({ done: false, value });
        if (waiting.length < limit) return void waiting.push(value);
        if (overflow === 'error') {
          settle({
            error: new RangeError(`more than ${limit} values wait: take them faster, or give an 'overflow'`),
          });
          return left.next();
        }
        waiting.push(value);
        drop((overflow === 'oldest' ? waiting.shift() : waiting.pop()) as V);
      };
      const drop = (value: V): void => {
        try {
          onDrop?.(value);
        } catch (error) {
          settle({ error });
          left.next();
        }
      };
      const begin = (): void => {
        begun = true;
        source.pipe(takeUntil(left)).subscribe({
          next: take,
          error: (error: unknown) => settle({ error }),
          complete: () => settle({}),
        });
      };
      const leave = (): void => {
        settle({});
        waiting.length = 0;
        left.next();
      };

      return {
        next: (): Promise<IteratorResult<V, undefined>> =>
          new Promise((resolve, reject) => {
            if (!begun && end === undefined) begin();
            if (waiting.length > 0) resolve({ done: false, value: waiting.shift() as V });
            else if (end !== undefined) answerEnd({ resolve, reject });
            else askers.push({ resolve, reject });
          }),
        return: () => {
          leave();
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
  });
}

interface Asker<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/** With an error if the source failed. */
type End = { readonly error?: unknown };
