/**
 * Formats a span of time for people, in one unit: `40 ms`, `0.7 s`, `12 s`, `4 min`, `4 h`, `3 d`.
 * Spans are rounded down, except for tenths of a second, which are rounded.
 *
 * @param nanos nanoseconds, 0 or more
 */
export function spanText(nanos: bigint): string {
  const ms = Number(nanos) / 1e6;
  if (ms < 95) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
