/** Times and spans as text, in the browser's zone. */
import { dayText } from './scale.ts';

const two = (value: number): string => String(value).padStart(2, '0');

/** `05:43:32.947`. */
export function clockText(at: number): string {
  const date = new Date(at);
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** `Sat 28 Nov 05:43:32`. */
export function momentText(at: number): string {
  return `${dayText(new Date(at))} ${clockText(at).slice(0, 8)}`;
}

/** The local day, to compare and to show. */
export function dayOf(at: number): string {
  return dayText(new Date(at));
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

/** `2 h 5 min`, `13 s`, `0.4 s`: at most two units. */
export function spanText(ms: number): string {
  if (ms < 0) return `-${spanText(-ms)}`;
  const first = UNITS.findIndex(([size]) => ms >= size);
  if (first < 0 || first === 3) return `${ms < 10_000 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`;
  const [size, unit] = UNITS[first] as readonly [number, string];
  const [less, lessUnit] = UNITS[first + 1] as readonly [number, string];
  const count = Math.round(ms / less);
  // Rounding up can reach the next unit.
  if (first > 0 && count * less >= (UNITS[first - 1] as readonly [number, string])[0])
    return spanText(count * less);
  const per = size / less;
  const [whole, rest] = [Math.floor(count / per), count % per];
  return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${lessUnit}`;
}

const zones = new Map<string, Intl.DateTimeFormat>();

/** A format is slow to make. @throws RangeError if the zone is not known here */
function zoneFormat(zone: string): Intl.DateTimeFormat {
  const known = zones.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  if (zones.size > 10) zones.clear();
  zones.set(zone, format);
  return format;
}

/** The offset of a zone from UTC at a time, in minutes; undefined if the zone is not known here. */
export function offsetOf(zone: string, at: number): number | undefined {
  try {
    const parts = zoneFormat(zone).formatToParts(at);
    const text = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes] = /^GMT(?:([+-])(\d{2}):(\d{2}))?$/.exec(text) ?? [];
    if (text === 'GMT') return 0;
    if (sign === undefined) return undefined;
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  } catch {
    return undefined;
  }
}
