/** The shown period, and its changes. Times in ms since the Unix epoch. */

export interface Viewport {
  readonly from: number;
  readonly to: number;
}

/** Shortest and longest period: a second, ten years. */
export const SHORTEST = 1000;
export const LONGEST: number = 10 * 366 * 86_400_000;

export function widthOf({ from, to }: Viewport): number {
  return to - from;
}

/** Zooms by a factor (below 1: in) around a time. */
export function zoom({ from, to }: Viewport, factor: number, around: number): Viewport {
  const width = Math.min(LONGEST, Math.max(SHORTEST, (to - from) * factor));
  const share = (around - from) / (to - from);
  const start = around - share * width;
  return { from: start, to: start + width };
}

/** Moves by a share of the width. */
export function pan({ from, to }: Viewport, share: number): Viewport {
  const step = (to - from) * share;
  return { from: from + step, to: to + step };
}

/** A period with room around it, at least of the shortest width. */
export function around(from: number, to: number, room = 0.25): Viewport {
  const width = Math.max(SHORTEST, to - from);
  const middle = (from + to) / 2;
  return { from: middle - width * (0.5 + room), to: middle + width * (0.5 + room) };
}

/** Moves the period so that it ends at the live edge, with a little room. */
export function atEdge({ from, to }: Viewport, now: number): Viewport {
  const width = to - from;
  const end = now + width * ROOM;
  return { from: end - width, to: end };
}

/** Room right of the live edge, as a share of the width. */
const ROOM = 0.03;
