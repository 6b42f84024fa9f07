/** The newest events of one source: an engine resumes from them. */
import { type EngineEvent, type EventSource, isGap } from '../../event.ts';
import { keyOfSource } from '../format/bloom-filter.ts';
import type { History } from './history.ts';

/** Finds at most `count` events, oldest first; gaps do not count. */
export function newestOf(history: History, source: EventSource, count: number): readonly EngineEvent[] {
  const newest: EngineEvent[] = [];
  const isOf = (event: EngineEvent): boolean =>
    !isGap(event) && event.source.engine === source.engine && event.source.endpoint === source.endpoint;
  for (const events of history.backwards([keyOfSource(source)])) {
    newest.unshift(...events.filter(isOf));
    if (newest.length >= count) break;
  }
  return newest.slice(-count);
}
