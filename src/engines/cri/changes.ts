/**
 * Differences between two lists of a runtime that sends no events, found as in the kubelet's
 * generic PLEG.
 */
import type { EventSource, IncomingEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { eventOf, type Item } from './item.ts';

/** Pods and containers, by id. */
export type Snapshot = ReadonlyMap<string, Item>;

/**
 * The events that lead from one list to the next, oldest first, each with the attribute `reconciled`: a list proves them.
 * Times and exit codes are the runtime's own, where it states them; otherwise the time is that of the later list. No
 * event of a container is earlier than the one before it.
 */
export function changes(
  before: Snapshot,
  after: Snapshot,
  source: EventSource,
  listedAt: Instant,
): readonly IncomingEvent[] {
  const events: IncomingEvent[] = [];
  let last: { item: Item; time: Instant } | undefined;
  const tell = (item: Item, action: string, stated: Instant | undefined): void => {
    const own = stated ?? listedAt;
    // containerd 1.6 reads the clock for a start after it has begun: a short run can end before that.
    const time = last?.item === item && last.time > own ? last.time : own;
    last = { item, time };
    events.push(eventOf(item, action, time, source, { reconciled: 'true' }));
  };
  for (const item of after.values()) {
    const known = before.get(item.id);
    if (known?.startedAt !== undefined) last = { item, time: known.startedAt };
    if (known === undefined) tell(item, 'create', item.createdAt);
    const was = known?.state ?? 'created';
    if (was === item.state) continue;
    const hasStarted = was === 'created' && item.startedAt !== undefined;
    if (item.state === 'running' ? was !== 'unknown' : item.state === 'exited' && hasStarted) {
      tell(item, 'start', item.startedAt);
    }
    if (item.state === 'exited') tell(item, END[item.type], item.finishedAt);
  }
  for (const item of before.values()) {
    if (after.has(item.id)) continue;
    if (item.state === 'running') tell(item, END[item.type], undefined);
    tell(item, 'destroy', undefined);
  }
  // Stable: equal times keep the order above.
  return events.sort((a, b) => (a.timeNano < b.timeNano ? -1 : a.timeNano > b.timeNano ? 1 : 0));
}

/** The word for the end of a run. */
export const END = { container: 'die', pod: 'stop' } as const;
