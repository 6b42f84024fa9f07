import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCursor } from '../../../src/collector/cursor.ts';
import { stringify } from '../../../src/encoders/json-text.ts';
import { JsonWriter } from '../../../src/encoders/json-writer.ts';
import { encodeEvent, writeEvent } from '../../../src/encoders/ndjson-event.ts';
import type { EngineEvent } from '../../../src/event.ts';
import { cursorAndEvent, epoch } from '../../support/arbitraries.ts';
import { died } from '../../support/events.ts';

const cursor = formatCursor('k3f', 42);

describe('encodeEvent', () => {
  it('writes a flat object', () => {
    expect(encodeEvent(died, cursor)).toBe(
      `{"kind":"event","cursor":"${cursor}","time":"2022-05-10T09:20:34.661862100Z","timeNano":"1652174434661862100",` +
        '"type":"container","action":"die","id":"3277","name":"web","attributes":{"exitCode":"137"},"source":{"engine":"docker"}}',
    );
  });

  it('agrees with JSON.parse, whatever the texts', () => {
    fc.assert(
      fc.property(cursorAndEvent, ({ cursor, event }) => {
        const line = encodeEvent(event, cursor);
        expect(line).not.toMatch(/[\n\r]/);
        expect(JSON.parse(line)).toEqual(plain(event, cursor));
      }),
    );
  });
});

describe('writeEvent', () => {
  it('writes the bytes that the object comes to, event after event', () => {
    fc.assert(
      fc.property(epoch, fc.array(cursorAndEvent, { minLength: 1, maxLength: 6 }), (epoch, events) => {
        const out = new JsonWriter(0);
        for (const { event } of events) writeEvent(out, event, epoch);
        const lines = events.map(({ event }) => stringify(plain(event, formatCursor(epoch, event.seq))));
        expect(out.bytes.toString('utf8', 0, out.length)).toBe(lines.join(''));
      }),
    );
  });

  it('is not misled by parts that it shares with the event before', () => {
    const second = 1_000_000_000n;
    const times = [0n, 1n, -1n, second - 1n, second, -second, -second - 1n, 2n ** 63n - 1n, -(2n ** 63n)];
    const out = new JsonWriter(0);
    const written = times.map((timeNano) => {
      out.length = 0;
      writeEvent(out, { ...died, timeNano }, 'k3f');
      return JSON.parse(out.bytes.toString('utf8', 0, out.length)) as unknown;
    });
    expect(written).toEqual(times.map((timeNano) => plain({ ...died, timeNano }, cursor)));
  });
});

/** The object of an event's line, its time by way of bigints and `Date` alone. */
function plain(event: EngineEvent, cursor: string): object {
  const { timeNano, type, action, id, name, attributes, scope, source } = event;
  const nanos = ((timeNano % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const second = new Date(Number((timeNano - nanos) / 1_000_000n)).toISOString().slice(0, 19);
  return {
    kind: 'event',
    cursor,
    time: `${second}.${String(nanos).padStart(9, '0')}Z`,
    timeNano: String(timeNano),
    ...{ type, action, id },
    ...(name === undefined ? {} : { name }),
    attributes,
    ...(scope === undefined ? {} : { scope }),
    source,
  };
}
