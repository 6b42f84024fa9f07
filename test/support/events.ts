/** Events for tests: only what a test says differs from a plain one. */
import type { EngineEvent, IncomingEvent } from '../../src/event.ts';

/** A container event with the given parts. */
export function event(parts: Partial<IncomingEvent> = {}): IncomingEvent {
  return {
    timeNano: 1_000_000n,
    type: 'container',
    action: 'start',
    id: 'c0ffee'.repeat(10) + 'c0de',
    name: 'web',
    attributes: {},
    source: { engine: 'test' },
    ...parts,
  };
}

/** Events named `prefix`0, `prefix`1 … a millisecond apart, the first at 1 ms. */
export function events(count: number, prefix = 'e'): IncomingEvent[] {
  return Array.from({ length: count }, (_, i) =>
    event({ name: `${prefix}${i}`, id: `${prefix}${i}`, timeNano: BigInt(i + 1) * 1_000_000n }),
  );
}

/** A container that was killed, as the wire's documentation shows it. */
export const died: EngineEvent = {
  seq: 42,
  timeNano: 1652174434661862100n,
  type: 'container',
  action: 'die',
  id: '3277',
  name: 'web',
  attributes: { exitCode: '137' },
  source: { engine: 'docker' },
};
