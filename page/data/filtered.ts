/** The events that the filter box selects: the held ones, then each new one. */
import { Subject, type Subscription } from 'rxjs';
import { byExpression } from '../../operators/byExpression.ts';
import { ExpressionError } from '../../operators/expression.ts';
import type { PageEvent } from './event.ts';
import { Ring } from './ring.ts';

/** A filter that cannot be parsed. */
export interface FilterProblem {
  readonly message: string;
  /** The wrong characters. */
  readonly position: number;
  readonly length: number;
}

export class Filtered {
  readonly #limit: number;
  readonly #all: Ring<PageEvent>;
  #events: Ring<PageEvent>;
  #input: Subject<PageEvent> | undefined;
  #running: Subscription | undefined;
  /** The filter in effect. */
  expression = '';

  /**
   * @param all the held events
   * @param limit most selected events, the newest
   */
  constructor(all: Ring<PageEvent>, limit: number) {
    this.#limit = limit;
    this.#all = all;
    this.#events = all;
  }

  /** The selected events, oldest first. */
  get events(): Ring<PageEvent> {
    return this.#events;
  }

  /**
   * Uses another filter, from the oldest held event on.
   *
   * @returns the problem, if the expression is invalid: then the filter before stays in effect
   */
  use(expression: string): FilterProblem | undefined {
    let select: ReturnType<typeof byExpression<PageEvent>>;
    try {
      select = byExpression<PageEvent>(expression);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return { message: error.message, position: error.position, length: error.length };
    }
    this.#running?.unsubscribe();
    this.expression = expression;
    this.#input = undefined;
    this.#events = this.#all;
    // Without a filter, the held events are the selected ones.
    if (expression.trim() === '') return undefined;
    const events = (this.#events = new Ring<PageEvent>(this.#limit));
    const input = (this.#input = new Subject<PageEvent>());
    this.#running = input.pipe(select).subscribe((event) => events.push(event));
    for (const event of this.#all.items) input.next(event);
    return undefined;
  }

  /** Takes a new event, which is one of the held ones already. */
  add(event: PageEvent): void {
    this.#input?.next(event);
  }
}
