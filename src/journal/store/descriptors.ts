/** File descriptors that stay available when the process has used up its limit. */
import { closeSync, openSync } from 'node:fs';

/** System error codes for a lack of descriptors: of the process, of the machine. */
const NONE_LEFT = new Set(['EMFILE', 'ENFILE']);

/**
 * Holds descriptors in reserve, so files open even if clients have taken all others. An open
 * without a free descriptor takes one from the reserve; `refill` restores the reserve later.
 */
export class Reserve {
  readonly #path: string;
  readonly #count: number;
  readonly #spare: number[] = [];

  /** @param path a file or directory that can be opened for reading */
  constructor(path: string, count: number) {
    this.#path = path;
    this.#count = count;
    this.refill();
  }

  /**
   * Opens a file, with a descriptor from the reserve if no other is left.
   *
   * @param flags as in open(2)
   * @throws the system's error
   */
  open(path: string, flags: number, mode?: number): number {
    for (;;) {
      try {
        const fd = openSync(path, flags, mode);
        this.refill();
        return fd;
      } catch (error) {
        const spare = NONE_LEFT.has((error as NodeJS.ErrnoException).code ?? '')
          ? this.#spare.pop()
          : undefined;
        if (spare === undefined) throw error;
        closeSync(spare);
      }
    }
  }

  /** Fills the reserve again, as far as the system allows. */
  refill(): void {
    try {
      while (this.#spare.length < this.#count) this.#spare.push(openSync(this.#path, 'r'));
    } catch {
      // No descriptor is left: the next open tries again.
    }
  }

  close(): void {
    for (const fd of this.#spare.splice(0)) closeSync(fd);
  }
}
