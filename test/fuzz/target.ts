/** A part of the product that takes input from outside. */
import type { Random } from '../simulation/random.ts';

export interface Target {
  readonly name: string;
  /** Draws an input: mostly close to a valid one. */
  input(random: Random): Buffer;
  /**
   * Gives it to the product. Errors that the product documents are caught here.
   *
   * @throws any other error: a crash
   */
  run(input: Buffer): void | Promise<void>;
}

/** Fails unless the error is one of the documented classes, exactly. */
export function documented(error: unknown, ...classes: readonly (new (...args: never[]) => Error)[]): void {
  const isOne = error instanceof Error && classes.some((each) => error.constructor === each);
  // V8's own, of a stack or a length that is too large, are never meant.
  if (!isOne || /call stack|Invalid (array|string) length|BigInt/.test(error.message)) throw error;
}

/** @throws Error unless it holds */
export function must(holds: boolean, text: string): void {
  if (!holds) throw new Error(text);
}
