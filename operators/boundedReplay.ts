import {
  asyncScheduler,
  type MonoTypeOperatorFunction,
  Observable,
  type SchedulerLike,
  Subject,
  type Subscriber,
  takeUntil,
} from 'rxjs';

export interface ReplayBounds<T> {
  /** How many values are held: a whole number, 0 or more. Default: no bound. */
  readonly count?: number | undefined;
  /** How long a value is held, in ms, 0 or more. Default: no bound. */
  readonly age?: number | undefined;
  /** How many bytes the values that are held may have together, 0 or more. Needs `sizeOf`. Default: no bound. */
  readonly bytes?: number | undefined;
  /** The size of a value in bytes. */
  readonly sizeOf?: ((value: T) => number) | undefined;
  /** Stay subscribed to the source, and keep what is held, while nobody listens. Default false. */
  readonly keepAlive?: boolean | undefined;
}

/**
 * Shares the source, and gives a late subscriber what is still held, then what comes: nothing lost, nothing
 * twice, also when it subscribes from inside another subscriber's `next`. Everyone gets the values in the same
 * order, also when a subscriber makes the source emit. Unsubscribing during the replay stops it at once. What
 * was held when the source ended is given to late subscribers too, then the end.
 *
 * An append takes constant time, unlike `ReplaySubject`'s, which moves its whole array.
 *
 * Memory: what the bounds allow, and at least one of them is needed; a copy of it during each replay.
 *
 * @throws RangeError at the call on bounds that are negative or no numbers, or when there are none
 */
export function boundedReplay<T>(
  bounds: ReplayBounds<T>,
  scheduler: SchedulerLike = asyncScheduler,
): MonoTypeOperatorFunction<T> {
  check(bounds);
  return (source) => {
    let shared = new Shared(bounds, scheduler);
    return new Observable((subscriber) => {
      const current = shared;
      subscriber.add(() => {
        if (current.leave(subscriber) && !bounds.keepAlive && shared === current) {
          shared = new Shared(bounds, scheduler);
        }
      });
      current.join(subscriber, source);
    });
  };
}

function check<T>({ count, age, bytes, sizeOf }: ReplayBounds<T>): void {
  if (count === undefined && age === undefined && bytes === undefined) {
    throw new RangeError('no bounds: a replay needs a count, an age or a number of bytes');
  }
  if (count !== undefined && !(Number.isInteger(count) && count >= 0)) {
    throw new RangeError(`invalid count ${count}: a whole number of values, 0 or more`);
  }
  for (const [name, value] of Object.entries({ age, bytes })) {
    if (value !== undefined && !(value >= 0))
      throw new RangeError(`invalid ${name} ${value}: a number, 0 or more`);
  }
  if ((bytes === undefined) !== (sizeOf === undefined)) {
    throw new RangeError("'bytes' and 'sizeOf' go together: the bound, and how large a value is");
  }
}

/** One connection to the source, what it holds and who listens. */
class Shared<T> {
  readonly #held: Held<T>;
  readonly #keepAlive: boolean;
  /** Those who have had everything so far, and those to whom the queue is still being given. */
  readonly #live = new Set<Subscriber<T>>();
  readonly #replaying = new Map<Subscriber<T>, T[]>();
  /** What the source emitted while a value was being delivered. */
  readonly #pending: T[] = [];
  #delivering = false;
  readonly #left = new Subject<void>();
  #connected = false;
  #end: ((subscriber: Subscriber<T>) => void) | undefined;

  constructor(bounds: ReplayBounds<T>, scheduler: SchedulerLike) {
    this.#keepAlive = bounds.keepAlive ?? false;
    this.#held = new Held(bounds, scheduler);
  }

  join(subscriber: Subscriber<T>, source: Observable<T>): void {
    const queue = this.#held.values();
    this.#replaying.set(subscriber, queue);
    for (let i = 0; i < queue.length && !subscriber.closed; i++) subscriber.next(queue[i] as T);
    this.#replaying.delete(subscriber);
    if (subscriber.closed) return;
    if (this.#end) return this.#end(subscriber);
    this.#live.add(subscriber);
    if (!this.#connected) this.#connect(source);
  }

  /** Whether that was the last one, and the source was left. */
  leave(subscriber: Subscriber<T>): boolean {
    this.#live.delete(subscriber);
    const last = this.#live.size === 0 && this.#end === undefined;
    if (last && !this.#keepAlive) this.#left.next();
    return last;
  }

  #connect(source: Observable<T>): void {
    this.#connected = true;
    source.pipe(takeUntil(this.#left)).subscribe({
      next: (value) => this.#take(value),
      error: (error: unknown) => this.#finish((subscriber) => subscriber.error(error)),
      complete: () => this.#finish((subscriber) => subscriber.complete()),
    });
  }

  #take(value: T): void {
    this.#pending.push(value);
    if (this.#delivering) return;
    this.#delivering = true;
    while (this.#pending.length > 0) this.#deliver(this.#pending.shift() as T);
    this.#delivering = false;
    if (this.#end) this.#finish(this.#end);
  }

  #deliver(value: T): void {
    this.#held.push(value);
    for (const queue of this.#replaying.values()) queue.push(value);
    // A copy: who joins from now on has had this value from what is held.
    for (const subscriber of [...this.#live]) subscriber.next(value);
  }

  #finish(end: (subscriber: Subscriber<T>) => void): void {
    this.#end = end;
    if (this.#delivering) return;
    for (const subscriber of [...this.#live]) end(subscriber);
  }
}

/** The values held, oldest first: appended in constant time, dropped from the front when over the bounds. */
class Held<T> {
  readonly #count: number;
  readonly #age: number;
  readonly #bytes: number;
  readonly #sizeOf: (value: T) => number;
  readonly #scheduler: SchedulerLike;
  #values: { value: T; at: number; size: number }[] = [];
  /** Where the values that are held begin in the array. */
  #first = 0;
  #size = 0;

  constructor(bounds: ReplayBounds<T>, scheduler: SchedulerLike) {
    this.#count = bounds.count ?? Number.POSITIVE_INFINITY;
    this.#age = bounds.age ?? Number.POSITIVE_INFINITY;
    this.#bytes = bounds.bytes ?? Number.POSITIVE_INFINITY;
    this.#sizeOf = bounds.sizeOf ?? (() => 0);
    this.#scheduler = scheduler;
  }

  push(value: T): void {
    const size = this.#sizeOf(value);
    this.#values.push({ value, at: this.#scheduler.now(), size });
    this.#size += size;
    this.#trim();
  }

  values(): T[] {
    this.#trim();
    return this.#values.slice(this.#first).map(({ value }) => value);
  }

  #trim(): void {
    const values = this.#values;
    const oldest = this.#scheduler.now() - this.#age;
    for (let entry; (entry = values[this.#first]) !== undefined; this.#first++) {
      const over = values.length - this.#first > this.#count || this.#size > this.#bytes || entry.at < oldest;
      if (!over) break;
      this.#size -= entry.size;
    }
    // Half of the array is let go at a time, so that each value is moved once at most.
    if (this.#first > 32 && this.#first * 2 > values.length) {
      this.#values = values.slice(this.#first);
      this.#first = 0;
    }
  }
}
