/** What a line should reach. */
import type { Aim } from './benchmark.ts';
import { median, ratioOf } from './statistics.ts';

/** A ratio of at least that. */
export const atLeast = (ratio: number): Aim => ({
  text: `≥ ${ratio}`,
  met: ({ pairs }) => ratioOf(pairs).value >= ratio,
});

/** A ratio of at most that. */
export const atMost = (ratio: number): Aim => ({
  text: `≤ ${ratio}`,
  met: ({ pairs }) => ratioOf(pairs).value <= ratio,
});

/** The first of the two, by itself, more than that. */
export const more = (value: number, text: string): Aim => ({
  text: `> ${text}`,
  met: ({ pairs }) => median(pairs.a) > value,
});

/** The first of the two, by itself, no more than that. */
export const within = (value: number, text: string): Aim => ({
  text: `≤ ${text}`,
  met: ({ pairs }) => median(pairs.a) <= value,
});

export const both = (one: Aim, other: Aim): Aim => ({
  text: `${one.text} and ${other.text}`,
  met: (line) => one.met(line) && other.met(line),
});

/** For comparison alone. */
export const unjudged: Aim = { text: '–', met: () => true };
