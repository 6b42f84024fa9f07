/** A list that keeps the newest items. */

/** Appends are cheap: the oldest items are cut off in one step of a quarter of the limit. */
export class Ring<T> {
  readonly #limit: number;
  #items: T[] = [];
  /** Count of items that were cut off. */
  dropped = 0;

  /** @param limit most items, 1 or more */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#items.length;
  }

  get items(): readonly T[] {
    return this.#items;
  }

  get(index: number): T | undefined {
    return this.#items[index];
  }

  push(item: T): void {
    this.#items.push(item);
    if (this.#items.length <= this.#limit) return;
    const cut = Math.max(1, this.#limit >> 2);
    this.#items = this.#items.slice(cut);
    this.dropped += cut;
  }

  clear(): void {
    this.#items = [];
  }
}
