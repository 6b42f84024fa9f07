import { expect, it } from 'vitest';
import { keyOf } from '../../../src/engines/received.ts';
import { event } from '../../support/events.ts';

it('recognizes an event by all that an engine said, in whatever order its attributes are', () => {
  const attributes = { container: 'c1', name: 'none' };
  const one = event({ type: 'network', attributes, source: { engine: 'docker' } });
  const same = event({
    type: 'network',
    attributes: { name: 'none', container: 'c1' },
    source: { engine: 'docker' },
  });
  expect(keyOf(same)).toBe(keyOf(one));
  const others = [
    { timeNano: one.timeNano + 1n },
    { type: 'volume' },
    { action: 'connect' },
    { id: 'c2' },
    { attributes: { ...attributes, container: 'c2' } },
    { attributes: { container: 'c1' } },
    { attributes: {} },
  ];
  const keys = [one, ...others.map((parts) => ({ ...one, ...parts }))].map(keyOf);
  expect(new Set(keys).size).toBe(1 + others.length);
});

it('recognizes an event of a container whatever it was completed by', () => {
  const die = event({ action: 'die', attributes: { exitCode: '3' } });
  const more = { name: 'web', image: 'busybox', team: 'a', pid: '7', noise: 'exec' };
  expect(keyOf({ ...die, attributes: { ...more, exitCode: '3' } })).toBe(keyOf(die));
  expect(keyOf({ ...die, attributes: { ...more, exitCode: '4' } })).not.toBe(keyOf(die));
});
