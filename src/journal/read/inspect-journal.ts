/** Reports the content of a journal, and checks that all of it is readable. */
import { existsSync } from 'node:fs';
import { formatCursor } from '../../collector/cursor.ts';
import type { Instant } from '../../instant.ts';
import { silent } from '../../log.ts';
import { openFiles } from '../store/file-store.ts';
import { find, historyOf } from './recovery.ts';
import type { GapEntry } from '../format/segment.ts';

/** A journal in numbers. */
export interface JournalReport {
  readonly directory: string;
  readonly epoch: string;
  /** Cursors of the oldest and the newest event. */
  readonly oldest: string;
  readonly newest: string;
  readonly events: number;
  /** The lowest and the highest time of its events; undefined if there are no events. */
  readonly since: Instant | undefined;
  readonly until: Instant | undefined;
  /** Bytes of all its files, and counts of segments and snapshots of states. */
  readonly bytes: number;
  readonly segments: number;
  readonly snapshots: number;
  /** Missing events by reason: count of gaps, and count of numbers in them. */
  readonly gaps: readonly { readonly reason: string; readonly count: number; readonly numbers: number }[];
  /** True if the journal was closed in order or is being written. */
  readonly clean: boolean;
  /** Damage of its files, for people. */
  readonly problems: readonly string[];
}

/**
 * Inspects a journal, which may be in use. Reads the indexes; with `verify`, every event.
 *
 * @returns undefined if there is no journal
 * @throws the system's error if it cannot be read
 * @throws LaterFormatError if a later version wrote it
 */
export function inspectJournal(
  directory: string,
  { verify = false }: { readonly verify?: boolean } = {},
): JournalReport | undefined {
  if (!existsSync(directory)) return undefined;
  const store = openFiles(directory, { durability: 'none', readOnly: true });
  const found = find(store);
  const { segments, saved, unusable, damage, later } = found;
  if (later !== undefined) throw later;
  if (segments.length === 0 && unusable.length === 0 && saved.version === 0) return undefined;
  const problems = [...unusable, ...damage].map(({ name, why }) => `${name}: ${why}`);
  const history = historyOf(store, found, silent, () => found.end);
  const entries = segments.flatMap((segment) => segment.entries);
  const chunks = entries.filter(({ kind }) => kind === 'chunk');
  if (verify) {
    for (const segment of segments) {
      for (const entry of segment.entries) {
        if (entry.kind !== 'chunk') continue;
        const { next } = history.loadOnce(segment, entry).batch;
        if (next < entry.next)
          problems.push(`${segment.name}: events ${next} to ${entry.next - 1} are damaged`);
      }
    }
  }
  const { epoch, clean } = saved.numbers;
  const files = store.list();
  return {
    directory,
    epoch,
    oldest: formatCursor(epoch, entries[0]?.first ?? found.end),
    newest: formatCursor(epoch, (chunks.at(-1)?.next ?? found.end) - 1),
    events: chunks.reduce((sum, { first, next }) => sum + next - first, 0),
    since: chunks.reduce<Instant | undefined>(
      (low, { min }) => (low === undefined || min < low ? min : low),
      undefined,
    ),
    until: chunks.reduce<Instant | undefined>(
      (high, { max }) => (high === undefined || max > high ? max : high),
      undefined,
    ),
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    // The gap in place of a missing oldest segment has no file.
    segments: segments.filter(({ size }) => size > 0).length,
    snapshots: files.filter(({ name }) => name.endsWith('.states')).length,
    gaps: byReason(entries.filter((entry) => entry.kind === 'gap')),
    clean,
    problems,
  };
}

function byReason(gaps: readonly GapEntry[]): JournalReport['gaps'] {
  const reasons = [...new Set(gaps.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const those = gaps.filter((gap) => gap.reason === reason);
    return {
      reason,
      count: those.length,
      numbers: those.reduce((sum, { first, next }) => sum + next - first, 0),
    };
  });
}
