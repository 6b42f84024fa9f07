import { describe, expect, it } from 'vitest';
import { OwnEvent, sizeOf } from '../../src/event.ts';
import { event } from '../support/events.ts';

describe('sizeOf', () => {
  it('counts the UTF-8 of long strings, and what objects cost', () => {
    const small = sizeOf(event({ attributes: {} }));
    expect(sizeOf(event({ attributes: { ab: 'x'.repeat(100_000) } })) - small).toBe(100_050);
    expect(sizeOf(event({ attributes: { ab: '€'.repeat(100_000) } })) - small).toBe(300_050);
  });
});

describe('OwnEvent', () => {
  it('has the fields of an event alone, and knows its bytes besides', () => {
    const parts = event({ name: 'web', attributes: { image: 'x' } });
    const own = new OwnEvent(parts);
    expect(Object.fromEntries(Object.entries(own))).toEqual({ ...parts, scope: undefined, seq: undefined });
    expect(own.bytes).toBe(sizeOf(parts));
    expect(new OwnEvent(parts, 7).bytes).toBe(7);
  });
});
