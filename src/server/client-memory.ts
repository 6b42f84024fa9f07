/** Memory that clients hold: bytes that were sent, and that they have not taken. */

/** A client that has not taken what it was sent. */
interface Holder {
  /** Ends its connection, so that it holds nothing. */
  cutOff(): void;
}

/** Bytes of all clients together. Many hold the same memory, which counts once. */
export class ClientMemory {
  readonly limit: number;
  /** Bytes that are held. */
  bytes = 0;
  /** Clients that were cut off. */
  cutOff = 0;
  /** What each holds; the one that has taken nothing for longest comes first. */
  readonly #held = new Map<Holder, ArrayBufferLike>();
  readonly #users = new Map<ArrayBufferLike, number>();

  /** @param limit how many bytes are held at most, unless it is by one client alone */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** The client holds that memory until it is released. Beyond the limit, others are cut off, the slowest first. */
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

  /** The client has taken all that it was sent, or is gone. */
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
