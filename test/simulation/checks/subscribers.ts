/** A subscription to names gets every event of its containers, also after they were renamed. */
import { isGap } from '../../../src/event.ts';
import type { World } from '../world.ts';
import { named } from './readers.ts';

export function checkSubscribers(world: World): void {
  const events = [...world.truth.known.values()].map(({ event }) => event).toSorted((a, b) => a.seq - b.seq);
  for (const { name, had, isAlive } of world.subscribers) {
    const first = had[0]?.seq;
    // Earlier events may have expired, and a gap can hide a rename.
    if (!isAlive || first === undefined || had.some(isGap)) continue;
    const got = new Set(had.map(({ seq }) => seq));
    const missing = named(events, name).filter(({ seq }) => seq > first && !got.has(seq));
    if (missing.length > 0)
      world.violate(
        'a subscription has all that it asked for',
        `${name.join()} without ${missing.map(({ seq }) => seq).join()}`,
      );
  }
}
