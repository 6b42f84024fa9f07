import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameReader } from '../../../page/data/frames.ts';
import { formatCursor } from '../../../src/collector/cursor.ts';
import { JsonWriter } from '../../../src/encoders/json-writer.ts';
import { Packer } from '../../../src/encoders/packed.ts';
import type { EngineEvent } from '../../../src/event.ts';
import { cursorAndEvent, epoch } from '../../support/arbitraries.ts';

/** Events with rising numbers. */
const runs = fc.tuple(
  fc.array(cursorAndEvent, { minLength: 1, maxLength: 20 }),
  fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 20, maxLength: 20 }),
);

function lineOf(events: readonly EngineEvent[], name: string, packer = new Packer()): string {
  const out = new JsonWriter(0);
  packer.write(out, events, name);
  return out.bytes.toString('utf8', 0, out.length);
}

/** An event as the page has it. */
function plain({ seq, timeNano, type, action, id, name, attributes, source }: EngineEvent): unknown {
  const { engine, endpoint, id: identity } = source;
  const pairs = Object.entries(attributes);
  return [seq, timeNano, type, action, id, name, pairs, engine, endpoint, identity];
}

describe('packed events', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(runs, epoch, ([list, steps], name) => {
        let seq = 0;
        const events = list.map(({ event }, i) => ({ ...event, seq: (seq += steps[i] as number) }));
        const frame = createFrameReader()(lineOf(events, name));
        expect(frame).toMatchObject({ kind: 'events', cursor: formatCursor(name, seq) });
        const read = (frame as { events: readonly EngineEvent[] }).events;
        expect(read.map(plain)).toEqual(events.map(plain));
      }),
    );
  });

  it('are not a frame if the line is damaged', () => {
    fc.assert(
      fc.property(runs, fc.nat(), fc.integer({ min: -2, max: 2 ** 53 }), ([list], where, value) => {
        const line = JSON.parse(
          lineOf(
            list.map(({ event }) => event),
            'k3f',
          ),
        ) as { events: number[] };
        line.events[where % line.events.length] = value;
        const frame = createFrameReader()(JSON.stringify(line));
        expect(frame === undefined || frame.kind === 'events').toBe(true);
      }),
    );
    const read = createFrameReader();
    for (const wrong of ['{}', '[1]', '{"seq":1,"second":1,"cursor":"a:1.00","events":[0,0],"texts":[]}']) {
      expect(read(`{"kind":"events",${wrong.slice(1)}`)).toBeUndefined();
    }
  });

  it('are read line by line, and have each text once', () => {
    fc.assert(
      fc.property(runs, fc.integer({ min: 1, max: 5 }), fc.nat(19), ([list, steps], size, forgotten) => {
        const packer = new Packer();
        const read = createFrameReader();
        let seq = 0;
        const events = list.map(({ event }, i) => ({ ...event, seq: (seq += steps[i] as number) }));
        const found: unknown[] = [];
        for (let i = 0; i < events.length; i += size) {
          if (i <= forgotten && forgotten < i + size) packer.forget();
          const frame = read(lineOf(events.slice(i, i + size), 'k3f', packer));
          found.push(...(frame as { events: readonly EngineEvent[] }).events.map(plain));
        }
        expect(found).toEqual(events.map(plain));
      }),
    );
    const packer = new Packer();
    const name = 'web'.repeat(20);
    const event = { seq: 1, timeNano: 5n, type: 'container', action: 'die', id: 'a', name } as const;
    const events = [{ ...event, attributes: { k: name }, source: { engine: 'docker' } }];
    expect(lineOf(events, 'k3f', packer).split(name)).toHaveLength(2);
    expect(lineOf(events, 'k3f', packer)).not.toContain(name);
  });

  it('are refused if a line before is missing', () => {
    const packer = new Packer();
    const event = { seq: 1, timeNano: 5n, type: 'container', action: 'die', id: 'a' } as const;
    const line = (id: string): string =>
      lineOf([{ ...event, id, attributes: {}, source: { engine: 'docker' } }], 'k3f', packer);
    const [first, , third] = [line('a'), line('b'), line('c')];
    const read = createFrameReader();
    expect(read(first)).toMatchObject({ events: [{ id: 'a' }] });
    expect(read(third)).toBeUndefined();
  });

  it('begin a new dictionary beyond its limits', () => {
    const packer = new Packer();
    const event = { timeNano: 5n, type: 'container', action: 'die', source: { engine: 'docker' } } as const;
    const knownOf = (seq: number, text: string): number => {
      const line = lineOf([{ ...event, seq, id: `${seq}`, attributes: { text } }], 'k3f', packer);
      return (JSON.parse(line) as { known: number }).known;
    };
    expect(knownOf(1, 'x'.repeat(600_000))).toBe(0);
    expect(knownOf(2, 'y'.repeat(600_000))).toBeGreaterThan(0);
    expect(knownOf(3, 'z')).toBe(0);
    expect(knownOf(4, 'z')).toBeGreaterThan(0);
  });
});
