import {
  asyncScheduler,
  map,
  type MonoTypeOperatorFunction,
  Observable,
  type SchedulerLike,
  share,
  type SubjectLike,
  type Subscriber,
} from 'rxjs';
import { checkCount, checkDuration, show } from './check.ts';
import { Stopwatch } from './stopwatch.ts';

/** Bounds of the held values: by count, age or bytes. */
export interface ReplayBounds<T> {
  /** Most values held: a whole number, 0 or more. Default: no limit. */
  readonly count?: number | undefined;
  /**
   * Longest time that a value is held, in elapsed ms by the scheduler, 0 or more. Default: no
   * limit.
   */
  readonly age?: number | undefined;
  /** Most bytes of the held values together, 0 or more. Needs `sizeOf`. Default: no limit. */
  readonly bytes?: number | undefined;
  /**
   * The size of a value in bytes, 0 or more. An exception or an invalid size is an error of the
   * stream.
   */
  readonly sizeOf?: ((value: T) => number) | undefined;
  /**
   * Stays subscribed to the source, and keeps the values, while there is no subscriber. Default
   * false.
   */
  readonly keepAlive?: boolean | undefined;
}

/**
 * Shares the source. A late subscriber first gets the held values, then live ones: nothing lost,
 * nothing twice, even if it subscribes inside another subscriber's `next`. All subscribers get the
 * values in the same order, even if a subscriber makes the source emit. Unsubscribing during the
 * replay stops it at once.
 *
 * Completion and errors are those of `shareReplay`: a subscriber after the source's completion gets
 * the held values and the completion; a subscriber after an error subscribes to the source again.
 * Unlike `shareReplay`, an append takes constant time, and a replay copies nothing.
 *
 * Memory: the values within the bounds, of which at least one is required, plus those that a
 * subscriber is still replaying. Old values are dropped with the next value or subscriber. There is
 * no timer, unless another scheduler measures the age.
 *
 * @throws RangeError at the call if a bound is negative or not a number, or there is no bound
 */
export function boundedReplay<T>(
  bounds: ReplayBounds<T>,
  scheduler: SchedulerLike = asyncScheduler,
): MonoTypeOperatorFunction<T> {
  check(bounds);
  const { sizeOf = () => 0, keepAlive = false } = bounds;
  return (source) =>
    source.pipe(
      map((value): Entry<T> => ({ value, at: 0, size: checkedSize(sizeOf(value)) })),
      share({
        connector: () => chain<T>(bounds, scheduler),
        resetOnComplete: false,
        resetOnRefCountZero: !keepAlive,
      }),
      map(({ value }) => value),
    );
}

function check<T>({ count, age, bytes, sizeOf }: ReplayBounds<T>): void {
  // An infinite age does not count as a bound.
  if (count === undefined && (age ?? Infinity) === Infinity && bytes === undefined) {
    throw new RangeError('no bounds: a replay needs a count, a finite age or a number of bytes');
  }
  if (count !== undefined) checkCount('count', count);
  if (age !== undefined) checkDuration('age', age);
  if (bytes !== undefined) checkCount('bytes', bytes);
  if ((bytes === undefined) !== (sizeOf === undefined)) {
    throw new RangeError("'bytes' and 'sizeOf' go together: the bound, and how large a value is");
  }
}

function checkedSize(size: number): number {
  if (Number.isFinite(size) && size >= 0) return size;
  throw new RangeError(`'sizeOf' returned ${show(size)}: a number of bytes, 0 or more`);
}

interface Entry<T> {
  readonly value: T;
  at: number;
  readonly size: number;
}

/** The last link is empty: it takes the next entry. */
interface Link<T> {
  entry?: Entry<T>;
  next?: Link<T>;
}

/**
 * All subscribers share one chain, each at its own place. A dropped value stays reachable only for
 * subscribers that have not passed it.
 */
function chain<T>(bounds: ReplayBounds<T>, scheduler: SchedulerLike): SubjectLike<Entry<T>> {
  const { count = Infinity, age = Infinity, bytes = Infinity, keepAlive = false } = bounds;
  const watch = age === Infinity ? undefined : new Stopwatch(age, scheduler);
  let first: Link<T> = {};
  let last = first;
  let held = 0;
  let size = 0;
  let end: ((subscriber: Subscriber<Entry<T>>) => void) | undefined;
  const walkers = new Set<() => void>();
  const advance = (): void => walkers.forEach((walk) => walk());

  const trim = (): void => {
    const oldest = watch === undefined ? 0 : watch.now - age;
    while (first.entry && (held > count || size > bytes || first.entry.at < oldest)) {
      held -= 1;
      size -= first.entry.size;
      first = first.next as Link<T>;
    }
  };

  const entries = new Observable<Entry<T>>((subscriber) => {
    trim();
    let position = first;
    let walking = false;
    const walk = (): void => {
      // Called inside this subscriber's own `next`: the loop below continues with the new values.
      if (walking) return;
      walking = true;
      while (position.entry && !subscriber.closed) {
        const { entry } = position;
        position = position.next as Link<T>;
        subscriber.next(entry);
      }
      walking = false;
      end?.(subscriber);
    };
    walkers.add(walk);
    subscriber.add(() => {
      walkers.delete(walk);
      if (walkers.size === 0 && !keepAlive) watch?.stop();
    });
    walk();
  });

  return {
    next: (entry) => {
      if (watch !== undefined) entry.at = watch.hold();
      last.entry = entry;
      last = last.next = {};
      held += 1;
      size += entry.size;
      trim();
      advance();
    },
    error: (error) => {
      end = (subscriber) => subscriber.error(error);
      advance();
    },
    complete: () => {
      end = (subscriber) => subscriber.complete();
      advance();
    },
    subscribe: (observer) => entries.subscribe(observer),
  };
}
