/** Outcomes of seeds, summed. */

/** Outcome of one seed: survives JSON. */
export interface Outcome {
  readonly seed: number;
  /** Digest of the trace: the same for the same seed. */
  readonly digest: string;
  readonly steps: number;
  readonly events: number;
  /** Count of faults by kind. */
  readonly counts: Readonly<Record<string, number>>;
  /** Processor time: in ms. */
  readonly took: number;
  /** The failure, for people; undefined if every invariant held. */
  readonly report: string | undefined;
}

export class Tally {
  seeds = 0;
  failed = 0;
  #steps = 0;
  #events = 0;
  #took = 0;
  readonly #counts = new Map<string, number>();

  add({ steps, events, counts, took, report }: Outcome): void {
    this.seeds++;
    this.#steps += steps;
    this.#events += events;
    this.#took += took;
    if (report !== undefined) this.failed++;
    for (const [name, times] of Object.entries(counts))
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + times);
  }

  get progress(): string {
    return `${this.seeds} seeds, ${this.failed} failed, ${Math.round(this.#took / this.seeds)} ms of processor time each`;
  }

  get lines(): readonly string[] {
    const faults = [...this.#counts]
      .toSorted(([, a], [, b]) => b - a)
      .map(([name, times]) => `${name} ${times}`);
    return [
      `${this.seeds} seeds, ${this.failed} failed, ${this.#steps} steps, ${this.#events} events`,
      `${Math.round(this.#took / this.seeds)} ms of processor time for each seed`,
      faults.join(', '),
    ];
  }
}
