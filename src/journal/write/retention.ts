/** Retention limits of a journal. */
import type { History } from '../read/history.ts';
import type { Segment } from '../format/segment.ts';

export interface Retention {
  /** Events recorded longer ago than this expire: in ms. */
  readonly age: number;
  /** Most bytes of all files together. */
  readonly size: number;
}

/** Retention unless other limits are given: 7 days, 1 GiB. */
export const RETENTION: Retention = { age: 7 * 86_400_000, size: 2 ** 30 };

/** Count of segments that share the age and the size: events expire one segment at a time. */
const PARTS = 16;
const LARGEST = 16 * 2 ** 20;

/** Bytes of the numbers file, rounded up. */
const NUMBERS = 4096;

/** Most bytes written between two checks of the size. */
export function slackOf({ size }: Retention): number {
  return Math.min(2 ** 20, Math.floor(size / PARTS));
}

/** Size and age of a full segment. */
export function segmentLimits({ age, size }: Retention): { segmentBytes: number; segmentAge: number } {
  return { segmentBytes: Math.min(LARGEST, Math.floor(size / PARTS)), segmentAge: age / PARTS };
}

/**
 * Removes expired segments from the history, the oldest first. The segment that is being written
 * counts, but stays.
 *
 * @param now ms since the Unix epoch
 * @param besides size of other files, in bytes
 */
export function expire(
  history: History,
  retention: Retention,
  now: number,
  besides: number,
): readonly Segment[] {
  const { segments } = history;
  const { age } = retention;
  const size = retention.size - slackOf(retention);
  const expired: Segment[] = [];
  let total = NUMBERS + besides;
  for (const segment of segments) total += segment.size;
  for (let oldest = segments[0]; oldest?.sealed === true; oldest = segments[0]) {
    if (total <= size && oldest.created + age > now) break;
    total -= oldest.size;
    history.drop();
    expired.push(oldest);
  }
  return expired;
}
