/** The newest events of one engine, and whether some are lost: it resumes from them. */
import { type EngineEvent, type EventSource, isGap, isOfFifo } from '../../event.ts';
import { keyOfEndpoint, keyOfIdentity, keysOfSource } from '../format/bloom-filter.ts';
import type { EntryReason } from '../format/segment.ts';
import type { History } from './history.ts';

/** Most chunks searched for an identity that their filters may lack. */
const SEARCHED = 16;

/**
 * Finds at most `count` events, oldest first; gaps and records of the monitor FIFO do not count. An
 * engine that states its identity is found by that, at any endpoint. If the journal has no event of
 * that identity, the events of its endpoint are found: the identity may have changed with the name
 * of the host.
 */
export function newestOf(history: History, source: EventSource, count: number): readonly EngineEvent[] {
  const { engine, endpoint, host } = source;
  const isSent = (event: EngineEvent): boolean =>
    !isGap(event) && event.source.engine === engine && event.source.host === host;
  const isAt = (event: EngineEvent): boolean => isSent(event) && event.source.endpoint === endpoint;
  const isSame = (event: EngineEvent): boolean =>
    isSent(event) && event.source.id === source.id && !isOfFifo(event.source);

  const identity = keyOfIdentity(source);
  if (identity === undefined) return collect(history.backwards([keyOfEndpoint(source)]), isAt, count);
  const known = collect(history.backwards([identity]), isSame, count);
  if (known.length > 0) return known;
  const atEndpoint = collect(history.backwards([keyOfEndpoint(source)]), isAt, count);
  if (atEndpoint.some(isSame)) return atEndpoint;
  // The filters of earlier versions lack identities.
  const elsewhere = collect(first(SEARCHED, history.backwards()), isSame, count);
  return elsewhere.length > 0 ? elsewhere : atEndpoint;
}

function collect(
  chunks: Iterable<readonly EngineEvent[]>,
  isWanted: (event: EngineEvent) => boolean,
  count: number,
): readonly EngineEvent[] {
  const newest: EngineEvent[] = [];
  for (const events of chunks) {
    newest.unshift(...events.filter(isWanted));
    if (newest.length >= count) break;
  }
  return newest.slice(-count);
}

function* first<T>(count: number, values: Iterable<T>): Generator<T> {
  let taken = 0;
  for (const value of values) {
    if (taken++ === count) return;
    yield value;
  }
}

/** Reasons of gaps that can hold events of any source. */
const LOSSES: ReadonlySet<EntryReason> = new Set(['crash', 'damaged', 'overflow']);

/**
 * Tests whether events of an engine can be lost: a gap of the journal's own, or damage, is newer
 * than the newest event of that engine. Its `daemon gap` events count here, so one loss counts once.
 */
export function hasLost(history: History, source: EventSource): boolean {
  const keys = keysOfSource(source);
  const isOf = ({ source: { engine, endpoint, host, id } }: EngineEvent): boolean =>
    engine === source.engine &&
    host === source.host &&
    (endpoint === source.endpoint || (id !== undefined && id === source.id));
  let after = history.end;
  for (const { segment, entry } of history.entriesBackwards()) {
    if (entry.next < after) return true;
    after = entry.first;
    if (entry.kind === 'gap') {
      if (LOSSES.has(entry.reason)) return true;
    } else if (history.mayContain(segment, entry, keys)) {
      const { batch } = history.loadOnce(segment, entry);
      if (batch.next < entry.next) return true;
      if (batch.events(entry.first).some(isOf)) return false;
    }
  }
  return false;
}
