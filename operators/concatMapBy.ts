import {
  catchError,
  defer,
  EMPTY,
  finalize,
  ignoreElements,
  merge,
  mergeMap,
  type Observable,
  type ObservableInput,
  type OperatorFunction,
  Subject,
  tap,
} from 'rxjs';
import { checkCount } from './check.ts';
import type { Named } from './shapes.ts';

/** Options of `concatMapBy`. */
export interface QueueOptions<T> {
  /** Most events of one container that wait while one is handled: 0 or more. Default 1,000. */
  readonly limit?: number | undefined;
  /**
   * Called with each event that a full queue lost. Default: the first loss is an error of the
   * stream.
   */
  readonly onOverflow?: ((lost: T) => void) | undefined;
  /**
   * Called with an error of `project`, and its event. Default: the error is an error of the stream.
   */
  readonly onError?: ((error: unknown, event: T) => void) | undefined;
  /** The queue of an event. Default: its id, or its name if the id is empty. */
  readonly keyOf?: ((event: T) => string) | undefined;
}

/**
 * Handles the events of each container strictly in order, one at a time: like `concatMap`, but
 * containers do not wait for each other. The next event starts after the completion and teardown of
 * the Observable that `project` returned for the one before.
 *
 * A full queue drops the event that has waited longest, never the newest, and calls `onOverflow`.
 * An error of `project` goes to `onError`, and the container's next event starts; values that the
 * failed event had emitted stay. Without one of the two callbacks, its case ends the stream as an
 * error: nothing is lost silently. Unsubscribing ends all handlers.
 *
 * Memory: up to `limit` events for each container with a running handler; nothing for idle ones.
 *
 * @throws RangeError at the call if `limit` is not a whole number, 0 or more
 */
export function concatMapBy<T extends Named, R>(
  project: (event: T) => ObservableInput<R>,
  options: QueueOptions<T> = {},
): OperatorFunction<T, R> {
  const { limit = 1000, onOverflow = refuse, onError, keyOf = defaultKey } = options;
  checkCount('limit', limit);
  const handle = (event: T): Observable<R> => {
    const handled = defer(() => project(event));
    if (onError === undefined) return handled;
    return handled.pipe(
      catchError((error: unknown) => {
        onError(error, event);
        return EMPTY;
      }),
    );
  };
  return (source) =>
    defer(() => {
      const turns = new Subject<Turn<T>>();
      const queues = new Map<string, Queue<T>>();
      let ended = false;

      const work = (queue: Queue<T>): void => {
        if (queue.working) return;
        queue.working = true;
        while (!queue.busy && queue.waiting.length > 0) {
          queue.busy = true;
          turns.next({ event: queue.waiting.shift() as T, queue });
        }
        queue.working = false;
        if (!queue.busy) queues.delete(queue.key);
        if (ended && queues.size === 0) turns.complete();
      };
      const enqueue = (event: T): void => {
        const key = keyOf(event);
        let queue = queues.get(key);
        if (queue === undefined) queues.set(key, (queue = { key, waiting: [], busy: false, working: false }));
        queue.waiting.push(event);
        work(queue);
        if (queue.waiting.length > limit) onOverflow(queue.waiting.shift() as T);
      };
      const end = (): void => {
        ended = true;
        if (queues.size === 0) turns.complete();
      };

      return merge(
        turns.pipe(
          mergeMap(({ event, queue }) =>
            handle(event).pipe(
              finalize(() => {
                // Not on completion, as resources are freed later. After an unsubscription, nothing
                // starts.
                queue.busy = false;
                work(queue);
              }),
            ),
          ),
        ),
        source.pipe(tap({ next: enqueue, complete: end }), ignoreElements()),
      );
    });
}

function defaultKey({ id, name }: Named): string {
  return id === '' ? (name ?? '') : id;
}

function refuse({ id, name }: Named): never {
  throw new Error(`too many events wait for ${name ?? id}: give 'onOverflow', or a higher 'limit'`);
}

/** Waiting events of one container, while one is handled. */
interface Queue<T> {
  readonly key: string;
  readonly waiting: T[];
  busy: boolean;
  /**
   * True while the loop in `work` runs: synchronous handlers would otherwise nest, one level for
   * each event.
   */
  working: boolean;
}

interface Turn<T> {
  readonly event: T;
  readonly queue: Queue<T>;
}
