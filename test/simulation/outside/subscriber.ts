/** A program that holds the collector itself: it subscribes to names, all of the past included. */
import type { Collector } from '../../../src/collector/collector.ts';
import type { EngineEvent } from '../../../src/event.ts';
import type { Process } from '../machine/machine.ts';

export class Subscriber {
  readonly name: readonly string[];
  readonly had: EngineEvent[] = [];
  readonly #process: Process;
  readonly #unsubscribe: () => void;

  constructor(collector: Pick<Collector, 'events'>, name: readonly string[], process: Process) {
    this.name = name;
    this.#process = process;
    const subscription = collector
      .events({ since: 0n, name })
      .subscribe((event) => process.alive && this.had.push(event));
    this.#unsubscribe = () => subscription.unsubscribe();
  }

  /** True while its daemon runs. */
  get isAlive(): boolean {
    return this.#process.alive;
  }

  leave(): void {
    this.#unsubscribe();
  }
}
