/** Memory held by clients: bytes that were sent and not yet taken. */

/** A client that has not taken all that it was sent. */
interface Holder {
  /** Closes its connection, which frees its memory. */
  cutOff(): void;
}

/** Bytes of all clients together. Memory shared by several clients counts once. */
export class ClientMemory {
  readonly limit: number;
  /** Bytes held now. */
  bytes = 0;
  /** Count of clients that were cut off. */
  cutOff = 0;
  /** Memory of each client; the client that has taken nothing for longest comes first. */
  readonly #held = new Map<Holder, ArrayBufferLike>();
  readonly #users = new Map<ArrayBufferLike, number>();

  /** @param limit most bytes held, unless by one client alone */
  constructor(limit: number) {
    this.limit = limit;
  }

  /**
   * Counts that memory for the client until it is released. Beyond the limit, other clients are cut
   * off, the slowest first.
   */
  hold(holder: Holder, memory: ArrayBufferLike): void {
    this.release(holder);
    this.#held.set(holder, memory);
    const users = this.#users.get(memory) ?? 0;
    this.#users.set(memory, users + 1);
    if (users === 0) this.bytes += memory.byteLength;
    while (this.bytes > this.limit && this.#held.size > 1) {
      const [slowest] = this.#held.keys();
      if (slowest === undefined) return;
      this.release(slowest);
      this.cutOff++;
      slowest.cutOff();
    }
  }

  /** Called once the client has taken everything or has gone. */
  release(holder: Holder): void {
    const memory = this.#held.get(holder);
    if (memory === undefined) return;
    this.#held.delete(holder);
    const users = (this.#users.get(memory) ?? 1) - 1;
    if (users > 0) return void this.#users.set(memory, users);
    this.#users.delete(memory);
    this.bytes -= memory.byteLength;
  }
}
