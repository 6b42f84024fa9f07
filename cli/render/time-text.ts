/** The time column. `--since` and `--until` can read its output. */
import { instant } from '../../src/index.ts';

export const TIME_STYLES = ['short', 'full', 'relative', 'delta'] as const;
export type TimeStyle = (typeof TIME_STYLES)[number];

export interface TimeOptions {
  readonly style: TimeStyle;
  readonly utc: boolean;
  /** Nanoseconds since the Unix epoch. */
  readonly now: () => instant.Instant;
}

const MILLI = 1_000_000n;
const UNITS: readonly (readonly [name: string, nanos: bigint])[] = [
  ['d', 86_400_000n * MILLI],
  ['h', 3_600_000n * MILLI],
  ['m', 60_000n * MILLI],
  ['s', 1000n * MILLI],
];

/** Makes the function that formats an event's time. `delta` remembers the previous time. */
export function timeColumn(options: TimeOptions): (time: instant.Instant) => string {
  return STYLES[options.style](options);
}

const STYLES: Readonly<Record<TimeStyle, (options: TimeOptions) => (time: instant.Instant) => string>> = {
  full: ({ utc }) => {
    const zone = utc ? 'utc' : 'local';
    return (time) => instant.format(time, { zone });
  },
  short: ({ utc, now }) => {
    const zone = utc ? 'utc' : 'local';
    // `2022-05-10T17:20:34+08:00`: omits the local zone, and the date of today.
    const clockOf = (at: instant.Instant): string => {
      const text = instant.format(at, { zone, digits: 0 });
      const [day, clock] = [text.slice(0, 10), text.slice(11, 19)];
      return day === instant.format(now(), { zone, digits: 0 }).slice(0, 10) ? clock : `${day} ${clock}`;
    };
    // Events of one second share their text.
    let last = { second: -1, text: '' };
    return (time) => {
      const millis = Number(time / MILLI);
      const second = Math.floor(millis / 1000);
      if (second !== last.second) last = { second, text: clockOf(time) };
      return `${last.text}.${String(millis - second * 1000).padStart(3, '0')}`;
    };
  },
  relative:
    ({ now }) =>
    (time) => {
      const passed = now() - time;
      return (passed < 0n ? `+${duration(-passed)}` : `${duration(passed)} ago`).padStart(10);
    },
  delta: () => {
    let before: instant.Instant | undefined;
    return (time) => {
      const passed = time - (before ?? time);
      before = time;
      return `${passed < 0n ? '-' : '+'}${duration(passed < 0n ? -passed : passed)}`.padStart(9);
    };
  },
};

/** The two largest units, in Go's notation of durations: `1h30m`, `2m13s`, `4.500s`, `120ms`. */
export function duration(nanos: bigint): string {
  if (nanos < 1000n * MILLI) return `${nanos / MILLI}ms`;
  if (nanos < 60_000n * MILLI) {
    const millis = String(nanos / MILLI);
    return `${millis.slice(0, -3)}.${millis.slice(-3)}s`;
  }
  const first = UNITS.findIndex(([, unit]) => nanos >= unit);
  let rest = nanos;
  return UNITS.slice(first, first + 2)
    .map(([name, unit]) => {
      const count = rest / unit;
      rest %= unit;
      return count > 0n ? `${count}${name}` : '';
    })
    .join('');
}
