import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JsonWriter } from '../../../src/encoders/json-writer.ts';
import { writeEnd } from '../../../src/encoders/line-end.ts';
import type { EngineEvent } from '../../../src/event.ts';
import { died } from '../../support/events.ts';

const text = fc.constantFrom('', '1', '"', 'é', 'web', '\u202e');

/** Few values, so that events of one id often agree in nearly all. */
const parts = fc.record({
  id: fc.constantFrom('a', 'b'),
  name: fc.constantFrom(undefined, 'web'),
  scope: fc.constantFrom(undefined, 'swarm'),
  source: fc.constantFrom({ engine: 'docker' }, { engine: 'docker', endpoint: 'unix:///a', id: '1' }),
  attributes: fc.dictionary(fc.constantFrom('a', 'b', 'c', '1', '__proto__'), text, {
    noNullPrototype: true,
  }),
});

/** An end by `JSON.stringify` alone; direction marks are escaped. */
function plain({ id, name, attributes, scope, source }: EngineEvent): string {
  const json = JSON.stringify({ id, name, attributes, scope, source }).replaceAll('\u202e', '\\u202e');
  return `,${json.slice(1)}`;
}

const written = new JsonWriter(16);

function endOf(event: EngineEvent): string {
  written.length = 0;
  writeEnd(written, event);
  return written.bytes.toString('utf8', 0, written.length);
}

it('writes each event as its own, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(parts, { minLength: 2, maxLength: 30 }), (all) => {
      const events = all.map((part): EngineEvent => ({ ...died, ...part }));
      expect(events.map(endOf)).toEqual(events.map(plain));
    }),
  );
});

it('writes a value that is not at its place in the parts that are kept', () => {
  const keys = Array.from({ length: 40 }, (_, i) => `key-${i}`);
  for (let changed = -1; changed < 40; changed++) {
    const attributes = Object.fromEntries(keys.map((key, i) => [key, i === changed ? 'changed' : 'x']));
    const event = { ...died, attributes };
    expect(endOf(event)).toBe(plain(event));
  }
});

it('keeps no more than a bounded amount of them', () => {
  for (let i = 0; i < 6_000; i++) {
    const event = { ...died, id: `${i >> 1}`, attributes: { [`key-${i}`]: 'x'.repeat(4_000) } };
    const end = endOf(event);
    expect(end.length).toBe(plain(event).length);
  }
  const again = { ...died, id: '1', attributes: { a: '1' } };
  expect(endOf(again)).toBe(plain(again));
});
