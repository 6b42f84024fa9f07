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

export interface ReplayBounds<T> {
  /** How many values are held: a whole number, 0 or more. Default: no bound. */
  readonly count?: number | undefined;
  /** How long a value is held, in ms that pass by the scheduler, 0 or more. Default: no bound. */
  readonly age?: number | undefined;
  /** How many bytes the values that are held may have together, 0 or more. Needs `sizeOf`. Default: no bound. */
  readonly bytes?: number | undefined;
  /** The size of a value in bytes, 0 or more. What it throws, or an impossible size, is an error of the stream. */
  readonly sizeOf?: ((value: T) => number) | undefined;
  /** Stay subscribed to the source, and keep what is held, while nobody listens. Default false. */
  readonly keepAlive?: boolean | undefined;
}

/**
 * Shares the source, and gives a late subscriber what is still held, then what comes: nothing lost, nothing
 * twice, also when it subscribes from inside another subscriber's `next`. Everyone gets the values in the same
 * order, also when a subscriber makes the source emit. Unsubscribing during the replay stops it at once.
 *
 * It ends as `shareReplay` does: who subscribes after the source has completed gets what is held and the end;
 * after an error, a new subscription to the source. Unlike there, an append takes constant time, and nothing is
 * copied for a replay.
 *
 * Memory: what the bounds allow, of which at least one is needed; while a subscriber is still being given what
 * was held, that too. What is too old goes with the next value or subscriber. There is
 * no timer, unless another scheduler measures the age.
 *
 * @throws RangeError at the call on bounds that are negative or no numbers, or when there are none
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
  // An age of Infinity bounds nothing.
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

/** The last link is empty: it is where the next entry goes. */
interface Link<T> {
  entry?: Entry<T>;
  next?: Link<T>;
}

/**
 * Every subscriber walks along the same chain, each from where it is. What is no longer held stays reachable
 * for those alone who have not passed it yet.
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
      // From inside this subscriber's own `next`: the loop below goes on to what has come.
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
