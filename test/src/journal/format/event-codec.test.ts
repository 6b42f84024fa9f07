import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../../../src/journal/format/byte-stream.ts';
import { EventDecoder, EventEncoder } from '../../../../src/journal/format/event-codec.ts';
import { cursorAndEvent } from '../../../support/arbitraries.ts';
import { event } from '../../../support/events.ts';

const numbered = (
  parts: Parameters<typeof event>[0],
  seq: number,
): ReturnType<typeof event> & { seq: number } => ({
  ...event(parts),
  seq,
});

describe('the codec of events', () => {
  it('gives back exactly what it was given, in as many parts as it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.array(cursorAndEvent, { maxLength: 4 }), { maxLength: 4 }), (parts) => {
        const out = new ByteWriter(1);
        const encoder = new EventEncoder(out);
        const decoder = new EventDecoder();
        let first = 1;
        for (const part of parts) {
          const events = part.map(({ event }, i) => ({ ...event, seq: first + i }));
          const start = out.length;
          for (const each of events) encoder.encode(each);
          const bytes = new ByteReader(out.bytes, start, out.length);
          const decoded = decoder.decode(bytes, first, events.length);
          expect(decoded).toEqual(events);
          expect(decoded.map(({ attributes }) => Object.keys(attributes))).toEqual(
            events.map(({ attributes }) => Object.keys(attributes)),
          );
          first += events.length;
        }
      }),
    );
  });

  it('writes a text once', () => {
    const out = new ByteWriter(16);
    const encoder = new EventEncoder(out);
    encoder.encode(numbered({ attributes: { image: 'registry.example/shop/web:1.2.3' } }, 1));
    const once = out.length;
    encoder.encode(numbered({ attributes: { image: 'registry.example/shop/web:1.2.3' } }, 2));
    expect(out.length - once).toBeLessThan(16);
  });

  it('holds any time, however far from the one before', () => {
    const times = [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 10n ** 30n, 1n, 1n + 2n ** 52n];
    const out = new ByteWriter(16);
    const encoder = new EventEncoder(out);
    for (const [i, timeNano] of times.entries()) encoder.encode(numbered({ timeNano }, i + 1));
    const decoded = new EventDecoder().decode(new ByteReader(out.bytes, 0, out.length), 1, times.length);
    expect(decoded.map(({ timeNano }) => timeNano)).toEqual(times);
  });

  it('refuses bytes that are cut', () => {
    const out = new ByteWriter(16);
    new EventEncoder(out).encode(numbered({ attributes: { a: 'b' } }, 1));
    for (let end = 0; end < out.length; end++) {
      const decode = (): unknown => new EventDecoder().decode(new ByteReader(out.bytes, 0, end), 1, 1);
      expect(decode).toThrow(RangeError);
    }
  });
});
