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
  #events: Ring<PageEvent>;
  #input = new Subject<PageEvent>();
  #running: Subscription | undefined;
  /** The filter in effect. */
  expression = '';

  constructor(limit: number) {
    this.#limit = limit;
    this.#events = new Ring(limit);
    this.use('', []);
  }

  /** The selected events, oldest first. */
  get events(): Ring<PageEvent> {
    return this.#events;
  }

  /**
   * Uses another filter.
   *
   * @param held all held events, oldest first
   * @returns the problem, if the expression is invalid: then the filter before stays in effect
   */
  use(expression: string, held: Iterable<PageEvent>): FilterProblem | undefined {
    let select: ReturnType<typeof byExpression<PageEvent>>;
    try {
      select = byExpression<PageEvent>(expression);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return { message: error.message, position: error.position, length: error.length };
    }
    this.#running?.unsubscribe();
    this.expression = expression;
    const events = (this.#events = new Ring<PageEvent>(this.#limit));
    this.#input = new Subject();
    this.#running = this.#input.pipe(select).subscribe((event) => events.push(event));
    for (const event of held) this.#input.next(event);
    return undefined;
  }

  add(event: PageEvent): void {
    this.#input.next(event);
  }
}
