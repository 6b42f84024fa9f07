/** Limits how many Observables run at a time. */
import { asyncScheduler, Observable, type SchedulerLike } from 'rxjs';

/**
 * Subscribes to a bounded number of Observables at a time; the others wait in order. Each starts in
 * its own turn of the event loop: a thousand at once delay other work by one of them at most.
 *
 * Memory: one function for each waiting Observable.
 */
export class Slots {
  #free: number;
  readonly #scheduler: SchedulerLike;
  readonly #waiting = new Set<() => void>();
  #granting = false;

  constructor(count: number, scheduler: SchedulerLike = asyncScheduler) {
    this.#free = count;
    this.#scheduler = scheduler;
  }

  /** Wraps an Observable: it starts when a slot is free, and frees the slot after its teardown. */
  hold<T>(source: Observable<T>): Observable<T> {
    return new Observable((subscriber) => {
      const begin = (): void => {
        const subscription = source.subscribe(subscriber);
        subscription.add(() => this.#release());
      };
      subscriber.add(() => this.#waiting.delete(begin));
      this.#waiting.add(begin);
      this.#grant();
    });
  }

  #release(): void {
    this.#free++;
    this.#grant();
  }

  #grant(): void {
    if (this.#granting || this.#free === 0 || this.#waiting.size === 0) return;
    this.#granting = true;
    this.#scheduler.schedule(() => {
      this.#granting = false;
      for (const begin of this.#waiting) {
        this.#waiting.delete(begin);
        this.#free--;
        begin();
        break;
      }
      this.#grant();
    });
  }
}
