/** The newest events of one engine: it resumes from them. */
import { type EngineEvent, type EventSource, isGap, isOfFifo } from '../../event.ts';
import { keyOfEndpoint, keyOfIdentity } from '../format/bloom-filter.ts';
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
