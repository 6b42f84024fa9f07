/** Aims of lines. */
import type { Aim } from './benchmark.ts';
import { median, ratioOf } from './statistics.ts';

/** At least that ratio. */
export const atLeast = (ratio: number): Aim => ({
  text: `≥ ${ratio}`,
  met: ({ pairs }) => ratioOf(pairs).value >= ratio,
});

/** At most that ratio. */
export const atMost = (ratio: number): Aim => ({
  text: `≤ ${ratio}`,
  met: ({ pairs }) => ratioOf(pairs).value <= ratio,
});

/** The first side alone is above that value. */
export const more = (value: number, text: string): Aim => ({
  text: `> ${text}`,
  met: ({ pairs }) => median(pairs.a) > value,
});

/** The first side alone is at most that value. */
export const within = (value: number, text: string): Aim => ({
  text: `≤ ${text}`,
  met: ({ pairs }) => median(pairs.a) <= value,
});

export const both = (one: Aim, other: Aim): Aim => ({
  text: `${one.text} and ${other.text}`,
  met: (line) => one.met(line) && other.met(line),
});

/** For comparison only. */
export const unjudged: Aim = { text: '–', met: () => true };
