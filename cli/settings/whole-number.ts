/** Whole numbers in flags. */
import { usage } from '../exit.ts';

/** Parses a whole number from 1 to `largest`. Throws a `Failure` with the flag and the range. */
export function wholeNumber(flag: string, text: string, largest: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= largest) return value;
  throw usage(`${flag}: invalid number '${text.slice(0, 80)}': a whole number from 1 to ${largest}`);
}
