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

export interface QueueOptions<T> {
  /** How many events of one container wait at most while one is handled: 0 or more. Default 1,000. */
  readonly limit?: number | undefined;
  /** Told of each event that a full queue lost. Default: the first loss is an error of the stream. */
  readonly onOverflow?: ((lost: T) => void) | undefined;
  /** Told what `project` threw or failed with, and for which event. Default: it is an error of the stream. */
  readonly onError?: ((error: unknown, event: T) => void) | undefined;
  /** Whose queue an event belongs to. Default: its id, or its name where the id is empty. */
  readonly keyOf?: ((event: T) => string) | undefined;
}

/**
 * Handles the events of each container strictly in order, one at a time: as `concatMap`, but containers do not
 * wait for each other. An event's turn comes when what `project` returned for the one before has completed and
 * let go of what it held.
 *
 * A queue that is full loses the event that has waited longest, never the newest, and tells `onOverflow`. What
 * `project` throws or fails with goes to `onError`, and the container's next event has its turn; what such an
 * event had emitted before stays. Where one of the two is left out, what it would be told ends the stream as an
 * error instead: nothing is lost silently. Unsubscribing ends everything that is being handled.
 *
 * Memory: for each container that something is being handled for, up to `limit` events; nothing for idle ones.
 *
 * @throws RangeError at the call when `limit` is no whole number, 0 or more
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
                // Not on completion: by then, it has not let go of what it held. When it was left, nobody takes turns.
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

/** What waits for one container, while one is being handled. */
interface Queue<T> {
  readonly key: string;
  readonly waiting: T[];
  busy: boolean;
  /** Whether the loop in `work` runs: handlers that end at once would else nest, one level an event. */
  working: boolean;
}

interface Turn<T> {
  readonly event: T;
  readonly queue: Queue<T>;
}
