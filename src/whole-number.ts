/** Whole numbers: values and texts. */

/** Tests for a whole number of at least `least` that a double holds exactly. */
export function isWhole(value: unknown, least = 0): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

/** Parses decimal digits; `undefined` if the text has anything else or is too large. */
export function parseWhole(text: string): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && isWhole(value) ? value : undefined;
}
