/** Whole numbers in flags. */
import { parseWhole } from '../../src/whole-number.ts';
import { usage } from '../exit.ts';

export interface Range {
  /** Default 0. */
  readonly least?: number;
  readonly largest: number;
  /** Names right values in the message. Default: the range. */
  readonly right?: string;
}

/** Parses a whole number of a range. Throws a `Failure` with the flag and right values. */
export function wholeNumber(
  flag: string,
  text: string,
  { least = 0, largest, right = `a whole number from ${least} to ${largest}` }: Range,
): number {
  const value = parseWhole(text);
  if (value !== undefined && value >= least && value <= largest) return value;
  throw usage(`${flag}: invalid number '${text.slice(0, 80)}': ${right}`);
}
