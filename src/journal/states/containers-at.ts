/** Containers at a past time: the newest snapshot before it, and the events since. */
import { setImmediate } from 'node:timers/promises';
import type { ContainerState } from '../../../operators/container-state.ts';
import type { Instant } from '../../instant.ts';
import type { History } from '../read/history.ts';
import { latestTime, StateFold, type StateGap } from './fold.ts';
import type { Snapshots } from './snapshots.ts';

/** The containers at a time. A plain object that survives JSON. */
export interface ContainersAt {
  /** Nanoseconds since the Unix epoch, in decimal. */
  readonly at: string;
  /**
   * Existing containers, running or not. `uncertain`: events after the container's last one may be
   * missing.
   */
  readonly containers: readonly (ContainerState & { readonly uncertain?: true })[];
  /**
   * The newest gaps before that time: a container whose every event is in a gap is missing here.
   */
  readonly gaps: readonly StateGap[];
}

/**
 * Folds the recorded events that happened up to a time, in the order of recording. Snapshots do not
 * change the answer: a snapshot is used only if nothing in it is later.
 *
 * @throws Error if the journal closes meanwhile
 */
export async function containersAt(
  history: History,
  snapshots: Snapshots | undefined,
  time: Instant,
  isClosed: () => boolean = () => false,
): Promise<ContainersAt> {
  const fold = new StateFold(snapshots?.upTo(time) ?? 1);
  // A chunk takes some milliseconds: other work gets a turn in between.
  while (step(history, fold, time)) {
    await setImmediate();
    if (isClosed()) throw new Error('the journal is closed');
  }
  return { at: String(time), containers: fold.containers(), gaps: fold.gaps() };
}

/**
 * Folds the next chunk.
 *
 * @param until leaves out events that happened later
 * @returns false if there was nothing left to fold
 */
export function step(history: History, fold: StateFold, until?: Instant): boolean {
  history.unwritten();
  const found = history.find(fold.next);
  if (found === undefined) return false;
  const { entry, segment } = found;
  if (entry.first > fold.next) {
    const reason = fold.next < history.oldest ? 'expired' : 'damaged';
    fold.gap({ reason, since: String(fold.upTo ?? 0n), until: String(entry.min) });
    fold.next = entry.first;
    return true;
  }
  const times = { since: String(entry.min), until: String(entry.max) };
  if (entry.kind === 'gap') {
    if (until === undefined || entry.min <= until) fold.gap({ reason: entry.reason, ...times });
  } else if (until === undefined || latestTime(entry.min, entry.recorded) <= until) {
    const { events, next, lost } = history.loadOnce(segment, entry);
    fold.events(events.slice(fold.next - entry.first), entry.recorded, until);
    if (next < entry.next) fold.gap({ reason: lost, ...times });
  }
  fold.next = entry.next;
  return true;
}
