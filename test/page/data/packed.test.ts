import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameReader } from '../../../page/data/frames.ts';
import { formatCursor } from '../../../src/collector/cursor.ts';
import { JsonWriter } from '../../../src/encoders/json-writer.ts';
import { writePacked } from '../../../src/encoders/packed.ts';
import type { EngineEvent } from '../../../src/event.ts';
import { cursorAndEvent, epoch } from '../../support/arbitraries.ts';

/** Events with rising numbers. */
const runs = fc.tuple(
  fc.array(cursorAndEvent, { minLength: 1, maxLength: 20 }),
  fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 20, maxLength: 20 }),
);

function lineOf(events: readonly EngineEvent[], name: string): string {
  const out = new JsonWriter(0);
  writePacked(out, events, name);
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

  it('have each text once in a line', () => {
    const read = createFrameReader();
    const name = 'web'.repeat(20);
    const event = { seq: 1, timeNano: 5n, type: 'container', action: 'die', id: 'a', name } as const;
    const line = lineOf([{ ...event, attributes: { k: name }, source: { engine: 'docker' } }], 'k3f');
    expect(line.split(name)).toHaveLength(2);
    expect(read(line)).toEqual(read(line));
  });
});
