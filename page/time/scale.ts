/** Scales and ticks of the axis of time. */
import { scaleTime, type ScaleTime } from 'd3-scale';
import type { Viewport } from './viewport.ts';

export interface Tick {
  readonly at: number;
  readonly x: number;
  readonly text: string;
  /** True for the first tick of a day. */
  readonly strong: boolean;
}

/** Maps times to pixels. */
export function xOf({ from, to }: Viewport, width: number): (at: number) => number {
  const factor = width / (to - from);
  return (at) => (at - from) * factor;
}

/** Least pixels between two ticks. */
const SPACE = 110;

/** Ticks at round local times. */
export function ticksOf({ from, to }: Viewport, width: number): readonly Tick[] {
  const scale: ScaleTime<number, number> = scaleTime().domain([from, to]).range([0, width]);
  const dates = scale.ticks(Math.max(2, Math.floor(width / SPACE)));
  const step = dates.length > 1 ? Number(dates[1]) - Number(dates[0]) : 1000;
  return dates.map((date) => {
    const strong = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
    return { at: Number(date), x: scale(date), text: strong ? dayText(date) : timeText(date, step), strong };
  });
}

const two = (value: number): string => String(value).padStart(2, '0');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

export function dayText(date: Date): string {
  return `${DAYS[date.getDay()]} ${date.getDate()} ${MONTHS[date.getMonth()]}`;
}

function timeText(date: Date, step: number): string {
  if (step >= 86_400_000) return dayText(date);
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (step >= 60_000) return minutes;
  const seconds = `${minutes}:${two(date.getSeconds())}`;
  const ms = date.getMilliseconds();
  // Between full seconds, there is room for the fraction only.
  return step >= 1000 || ms === 0 ? seconds : `.${String(ms).padStart(3, '0')}`;
}
