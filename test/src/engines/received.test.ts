import { expect, it } from 'vitest';
import { keyOf } from '../../../src/engines/received.ts';
import { event } from '../../support/events.ts';

it('recognizes an event by all that an engine said, in whatever order its attributes are', () => {
  const attributes = { container: 'c1', name: 'none' };
  const one = event({ attributes, source: { engine: 'docker' } });
  const same = event({ attributes: { name: 'none', container: 'c1' }, source: { engine: 'docker' } });
  expect(keyOf(same)).toBe(keyOf(one));
  const others = [
    { timeNano: one.timeNano + 1n },
    { type: 'network' },
    { action: 'connect' },
    { id: 'c2' },
    { attributes: { ...attributes, container: 'c2' } },
    { attributes: { container: 'c1' } },
    { attributes: {} },
  ];
  const keys = [one, ...others.map((parts) => ({ ...one, ...parts }))].map(keyOf);
  expect(new Set(keys).size).toBe(1 + others.length);
});
