/** Nanosecond instants: parse, format, compare. Used as a namespace: `instant.parse('90m')`. */

/** Nanoseconds since the Unix epoch, UTC. */
export type Instant = bigint;

const SECOND = 1_000_000_000n;

/** Nanoseconds in the units of Go's durations, and days. */
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: SECOND,
  m: 60n * SECOND,
  h: 3600n * SECOND,
  d: 86_400n * SECOND,
};

const NOTATIONS =
  'known are 2022-05-10T17:20:34.661862100+08:00 (any zone, up to nine decimals), 2022-05-10, 2022/05/10, 2022-05-10T17, 2022-05-10 17:20:34 and 17:20:34 ' +
  '(local), 1652174434.661862100 (Unix seconds), and 90m or 1h30m (ago; +90m: from now)';

const DATE_TIME =
  /^(?:(\d{4})([-/])(\d\d)\2(\d\d))?(?:(?:^|[Tt ])(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?)?( ?(?:[Zz]|[+-]\d\d:?\d\d))?$/;

/** Options of `parse`. */
export interface ParseOptions {
  /**
   * The time that durations count from, and the day of a time without a date. Default: the wall
   * clock.
   */
  readonly now?: Instant | undefined;
}

/**
 * Parses an instant: RFC 3339 with any zone and up to nine decimals; a local date, date and time,
 * or time of today; Unix seconds with a fraction; a duration (see {@link parseDuration}): with or
 * without `-` that long ago, with `+` from now; or `now`, `today`, `yesterday` (both at 00:00),
 * `noon` or `midnight` (of today), by the local clock.
 *
 * @throws RangeError if the text has none of these forms, or the day or time does not exist: with
 *   the known notations
 */
export function parse(text: string, { now = fromMillis(Date.now()) }: ParseOptions = {}): Instant {
  const trimmed = text.trim();
  const unix = /^(-?)(\d{1,12})(?:\.(\d{1,9})\d*)?$/.exec(trimmed);
  if (unix) {
    const [, sign, seconds = '', fraction = ''] = unix;
    const nanos = BigInt(seconds) * SECOND + nanosOf(fraction);
    return sign === '-' ? -nanos : nanos;
  }
  const relative = /^([+-]?)(.*?)(?: ago)?$/s.exec(trimmed);
  const duration = relative?.[2] === undefined ? undefined : tryDuration(relative[2]);
  if (duration !== undefined) return relative?.[1] === '+' ? now + duration : now - duration;
  return parseWord(trimmed, now) ?? parseDateTime(trimmed, now) ?? invalid('time', text, NOTATIONS);
}

/**
 * Parses a duration in Go's notation: `90m`, `1h30m`, `1.5s`, `300ms`; also days (`7d`), `10min`
 * and `2h30`.
 *
 * @returns nanoseconds, 0 or more
 * @throws RangeError if the text is not a duration
 */
export function parseDuration(text: string): bigint {
  return tryDuration(text.trim()) ?? invalid('duration', text, 'known are 90m, 1h30m, 1.5s, 300ms, 7d');
}

/** Options of `format`. */
export interface FormatOptions {
  /** The zone: `local`, `utc`, or minutes east of UTC. Default `utc`. */
  readonly zone?: 'local' | 'utc' | number;
  /** Decimals of the second: 0 to 9. Default 9. */
  readonly digits?: number;
}

/**
 * Formats as RFC 3339 with nanoseconds: `2022-05-10T09:20:34.661862100Z`, or with an offset in
 * other zones.
 */
export function format(instant: Instant, { zone = 'utc', digits = 9 }: FormatOptions = {}): string {
  const { date, offset } = prefix(seconds(instant), zone);
  if (digits === 0) return date + offset;
  const fraction = String(nanos(instant) + 1_000_000_000).slice(1, 1 + digits);
  return `${date}.${fraction}${offset}`;
}

/** The bits of an instant: splitting these is several times as fast as dividing a bigint. */
const bits = new DataView(new ArrayBuffer(8));
const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** Whole seconds of an instant since the Unix epoch. */
export function seconds(instant: Instant): number {
  if (instant < MIN || instant > MAX) return Number((instant - rest(instant)) / SECOND);
  bits.setBigInt64(0, instant);
  // The rounding of a double is less than a microsecond: the second may be off by one.
  const near = Math.floor((bits.getInt32(0) * 2 ** 32 + bits.getUint32(4)) / 1e9);
  const over = nanosFrom(near);
  if (over < 1e9) return near;
  return over < 2 ** 31 ? near + 1 : near - 1;
}

/** Nanoseconds of an instant within its second: 0 to 999,999,999. */
export function nanos(instant: Instant): number {
  if (instant < MIN || instant > MAX) return Number(rest(instant));
  const second = seconds(instant);
  bits.setBigInt64(0, instant);
  return nanosFrom(second);
}

/** Nanoseconds from that second to the instant in `bits`, modulo 2^32. */
function nanosFrom(second: number): number {
  return (bits.getUint32(4) - Math.imul(second, 1e9)) >>> 0;
}

function rest(instant: Instant): bigint {
  return ((instant % SECOND) + SECOND) % SECOND;
}

/** Compares for sorting: negative, 0 or positive. */
export function compare(a: Instant, b: Instant): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Converts milliseconds since the Unix epoch; drops fractions. */
export function fromMillis(millis: number): Instant {
  return BigInt(Math.trunc(millis)) * 1_000_000n;
}

/** Converts to milliseconds since the Unix epoch, as `Date` takes them; drops the rest. */
export function toMillis(instant: Instant): number {
  return Number(instant / 1_000_000n);
}

function invalid(what: string, text: string, known: string): never {
  throw new RangeError(`invalid ${what} ${JSON.stringify(text.slice(0, 80))}: ${known}`);
}

function nanosOf(fraction: string): bigint {
  return BigInt(fraction.padEnd(9, '0'));
}

/** Words for days: their distance from today, and the hour. */
const WORDS: Readonly<Record<string, readonly [days: number, hour: number]>> = {
  today: [0, 0],
  midnight: [0, 0],
  noon: [0, 12],
  yesterday: [-1, 0],
};

function parseWord(text: string, now: Instant): Instant | undefined {
  const word = text.toLowerCase();
  if (word === 'now') return now;
  const found = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  if (found === undefined) return undefined;
  const day = new Date(toMillis(now));
  return fromMillis(
    new Date(day.getFullYear(), day.getMonth(), day.getDate() + found[0], found[1]).getTime(),
  );
}

function tryDuration(given: string): bigint | undefined {
  // Handles `10min`, and the minutes of `2h30`.
  const text = given.replaceAll('min', 'm').replace(/h(\d{1,2})$/, 'h$1m');
  if (!/^(?:\d{1,15}(?:\.\d{1,9})?(?:ns|us|µs|μs|ms|s|m|h|d))+$/.test(text)) return undefined;
  let sum = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(/(\d+)(?:\.(\d+))?([a-zµμ]+)/g)) {
    sum += ((BigInt(whole) * SECOND + nanosOf(fraction)) * (UNITS[unit] as bigint)) / SECOND;
  }
  return sum;
}

function parseDateTime(text: string, now: Instant): Instant | undefined {
  const match = DATE_TIME.exec(text);
  if (!match || text === '') return undefined;
  const [, year, , month, day, hour, minute, second = '0', fraction = '', zone] = match;
  // A bare hour is ambiguous.
  if (year === undefined && minute === undefined) return undefined;
  if (year === undefined && (hour === undefined || zone !== undefined)) return undefined;
  if (hour === undefined && zone !== undefined) return undefined;
  const today = new Date(toMillis(now));
  const parts = [
    Number(year ?? today.getFullYear()),
    Number(month ?? today.getMonth() + 1) - 1,
    Number(day ?? today.getDate()),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second),
  ] as const;
  // Checks the calendar in UTC, where every day has every hour.
  const utc = new Date(Date.UTC(...parts));
  const real =
    utc.getUTCMonth() === parts[1] &&
    utc.getUTCDate() === parts[2] &&
    utc.getUTCHours() === parts[3] &&
    utc.getUTCMinutes() === parts[4] &&
    utc.getUTCSeconds() === parts[5];
  if (!real) return undefined;
  const millis = zone === undefined ? new Date(...parts).getTime() : utc.getTime() - offsetOf(zone) * 60_000;
  return fromMillis(millis) + nanosOf(fraction);
}

/** Minutes east of UTC of `Z`, `+08:00` or `-0330`. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /([+-])(\d\d):?(\d\d)/.exec(zone) ?? [];
  const offset = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  return sign === '-' ? -offset : offset;
}

interface Prefix {
  second: number;
  zone: FormatOptions['zone'];
  date: string;
  offset: string;
}

/** The last formatted second: events come in order, and the calendar is the slow part. */
let last: Prefix | undefined;

function prefix(second: number, zone: 'local' | 'utc' | number): Prefix {
  if (last?.second === second && last.zone === zone) return last;
  const date = new Date(second * 1000);
  const minutes = zone === 'utc' ? 0 : zone === 'local' ? -date.getTimezoneOffset() : zone;
  const shifted = new Date(second * 1000 + minutes * 60_000).toISOString().slice(0, 19);
  last = { second, zone, date: shifted, offset: zone === 'utc' ? 'Z' : offsetText(minutes) };
  return last;
}

function offsetText(minutes: number): string {
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, '0');
  const absolute = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(absolute / 60)}:${two(absolute % 60)}`;
}
