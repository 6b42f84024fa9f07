import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OwnEvent } from '../../src/event.ts';
import { fitting, LARGEST } from '../../src/event-size.ts';
import { event } from '../support/events.ts';

const jsonBytes = (fitted: OwnEvent): number =>
  Buffer.byteLength(
    JSON.stringify(fitted, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)),
  );
const fit = (parts: Parameters<typeof event>[0]): OwnEvent => fitting(new OwnEvent(event(parts)));

describe('fitting', () => {
  it('keeps an event that can be encoded in 4 MiB', () => {
    const own = new OwnEvent(event({ attributes: { a: 'x'.repeat(LARGEST - 8192) } }));
    expect(fitting(own)).toBe(own);
  });

  it('cuts the long texts of a larger one, marked, and keeps the short ones', () => {
    const { attributes } = fit({ attributes: { long: 'x'.repeat(2 ** 23), short: 'y' } });
    expect(attributes['short']).toBe('y');
    expect(attributes['long']).toMatch(/^x{100000,}…$/);
  });

  it('counts what escapes take, and cuts no character in two', () => {
    expect(fit({ attributes: { a: '\u0001'.repeat(2_000_000) } }).attributes['a']?.length).toBeLessThan(
      700_000,
    );
    expect(fit({ name: '😀'.repeat(2 ** 20) }).name).toMatch(/^(😀)+…$/u);
  });

  it('makes any event small enough', () => {
    const text = fc
      .record({
        of: fc.constantFrom('x', '€', '😀', '\u0000', '"'),
        times: fc.integer({ min: 0, max: 1_600_000 }),
      })
      .map(({ of, times }) => of.repeat(times));
    fc.assert(
      fc.property(text, text, text, fc.integer({ min: 0, max: 20_000 }), (name, id, value, count) => {
        const many = Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, 'some value']));
        const fitted = fit({ name, id, attributes: { value, ...many } });
        expect(jsonBytes(fitted)).toBeLessThanOrEqual(LARGEST);
      }),
      { numRuns: 8 },
    );
  });
});
