/** Reports dropped tasks: counted at once, logged together. */
import { type SchedulerLike, Subscription } from 'rxjs';
import { containerKey } from '../../../operators/container-key.ts';
import type { EngineEvent } from '../../event.ts';
import type { Task } from './task.ts';

/** Time over which losses of one container are gathered before they are reported: in ms. */
const GATHER = 1000;

interface Loss {
  readonly event: EngineEvent;
  readonly rules: Set<string>;
  count: number;
}

/**
 * Reports the losses of each container at most once a second. Memory: one entry for each container
 * with losses in this second.
 */
export class Losses {
  readonly #losses = new Map<string, Loss>();
  readonly #scheduler: SchedulerLike;
  readonly #tell: (event: EngineEvent, rules: readonly string[], count: number) => void;
  #timer: Subscription = Subscription.EMPTY;

  constructor(
    scheduler: SchedulerLike,
    tell: (event: EngineEvent, rules: readonly string[], count: number) => void,
  ) {
    this.#scheduler = scheduler;
    this.#tell = tell;
  }

  add({ event, rule }: Task): void {
    const key = containerKey(event);
    const loss = this.#losses.get(key) ?? { event, rules: new Set(), count: 0 };
    loss.rules.add(rule.name);
    loss.count++;
    if (this.#losses.size === 0) this.#timer = this.#scheduler.schedule(() => this.flush(), GATHER);
    this.#losses.set(key, loss);
  }

  /** Reports all gathered losses now. */
  flush(): void {
    this.#timer.unsubscribe();
    const losses = [...this.#losses.values()];
    this.#losses.clear();
    for (const { event, rules, count } of losses) this.#tell(event, [...rules], count);
  }
}
