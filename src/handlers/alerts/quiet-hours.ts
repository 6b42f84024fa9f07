/** Daily hours in which no message is sent. */
import type { QuietHours } from './alert.ts';

/** Minutes of a day. */
const DAY = 24 * 60;

/** The end of the quiet hours, if it is quiet now; else now: ms since the Unix epoch. In local time. */
export function quietUntil(quiet: QuietHours | undefined, now: number): number {
  if (quiet === undefined) return now;
  const date = new Date(now);
  const minute = date.getHours() * 60 + date.getMinutes();
  const length = (quiet.to - quiet.from + DAY) % DAY;
  const passed = (minute - quiet.from + DAY) % DAY;
  if (passed >= length) return now;
  date.setHours(Math.floor(quiet.to / 60), quiet.to % 60, 0, 0);
  if (date.getTime() <= now) date.setDate(date.getDate() + 1);
  return date.getTime();
}
