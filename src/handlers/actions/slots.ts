/** So many at a time, and no more. */
import { asyncScheduler, Observable, type SchedulerLike } from 'rxjs';

/**
 * Lets a bounded number of Observables be subscribed to at a time; the others wait in order. Each begins in a turn of the event
 * loop of its own: a thousand that come at once delay nobody else by more than one of them.
 *
 * Memory: one function for each that waits.
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

  /** The same Observable, which begins when there is a slot and holds that until it has let go of everything. */
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
