/** Containers at a past time: the newest snapshot before it, and the events since. */
import { setImmediate } from 'node:timers/promises';
import type { Instant } from '../../instant.ts';
import type { History } from '../read/history.ts';
import { type FoldedState, latestTime, StateFold, type StateGap, type StateSnapshot } from './state-fold.ts';
import type { Snapshots } from './snapshots.ts';

/** The containers at a time. A plain object that survives JSON. */
export interface ContainersAt {
  /** Nanoseconds since the Unix epoch, in decimal. */
  readonly at: string;
  /**
   * Existing containers, running or not. `uncertain`: events after the container's last one may be
   * missing.
   */
  readonly containers: readonly FoldedState[];
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
  // Other work gets a turn in between.
  const turn = async (): Promise<void> => {
    await setImmediate();
    if (isClosed()) throw new Error('the journal is closed');
  };
  const { states, ...snapshot } = snapshots?.upTo(time) ?? NOTHING;
  const fold = new StateFold({ ...snapshot, states: [] });
  for (let i = 0; i < states.length; i += STATES) {
    fold.seed(states.slice(i, i + STATES));
    await turn();
  }
  // A chunk takes some milliseconds.
  while (step(history, fold, time)) await turn();
  const containers: FoldedState[] = [];
  for (const container of fold.each()) {
    containers.push(container);
    if (containers.length % STATES === 0) await turn();
  }
  return { at: String(time), containers, gaps: fold.gaps() };
}

/** States in one turn of the event loop. */
const STATES = 512;

/** The fold's beginning without a snapshot. */
const NOTHING: StateSnapshot = { next: 1, upTo: '', states: [], uncertain: [], gaps: [] };

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
    const { batch, lost } = history.loadOnce(segment, entry);
    const readable = Math.min(batch.next, entry.next);
    fold.events(batch.events(fold.next, readable), entry.recorded, until);
    if (readable < entry.next) fold.gap({ reason: lost, ...times });
  }
  fold.next = entry.next;
  return true;
}
