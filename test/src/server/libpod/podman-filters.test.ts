import { describe, expect, it } from 'vitest';
import { podmanEvent, type PodmanEvent } from '../../../../src/encoders/podman.ts';
import type { IncomingEvent } from '../../../../src/event.ts';
import { compile } from '../../../../src/server/libpod/podman-filters.ts';
import { event } from '../../../support/events.ts';

const died = (parts: Partial<IncomingEvent> = {}): PodmanEvent => {
  const podman = podmanEvent(
    event({ action: 'die', id: 'c0ffee', name: 'web', attributes: { tier: 'front' }, ...parts }),
  );
  if (podman === undefined) throw new Error('podman has no word for it');
  return podman;
};

const passes = (filters: Record<string, string[]>, parts?: Partial<IncomingEvent>): boolean =>
  compile(filters)(died(parts));

describe("podman's filters", () => {
  it('pass everything without a filter', () => {
    expect(passes({})).toBe(true);
    expect(passes({ event: [] })).toBe(true);
  });

  it("take podman's words, in keys of any case", () => {
    expect(passes({ event: ['died'] })).toBe(true);
    expect(passes({ STATUS: ['start', 'died'] })).toBe(true);
    expect(passes({ event: ['die'] })).toBe(false);
    expect(passes({ event: ['died'], type: ['image'] })).toBe(false);
  });

  it('take objects of their own type, by the whole name or the beginning of the id', () => {
    expect(passes({ container: ['web'] })).toBe(true);
    expect(passes({ container: ['c0f'] })).toBe(true);
    expect(passes({ container: ['we'] })).toBe(false);
    expect(passes({ image: ['web'] })).toBe(false);
    const volume = { type: 'volume', action: 'create', id: 'data', name: undefined };
    expect(passes({ volume: ['data'] }, volume)).toBe(true);
    // It has no id, which everything would begin with.
    expect(passes({ volume: ['dat'] }, volume)).toBe(false);
  });

  it('take one label of several, with a value or without', () => {
    expect(passes({ label: ['tier'] })).toBe(true);
    expect(passes({ label: ['tier=front'] })).toBe(true);
    expect(passes({ label: ['tier=back', 'tier=front'] })).toBe(true);
    expect(passes({ label: ['tier=back'] })).toBe(false);
    expect(passes({ label: ['a=b=c'] }, { attributes: { a: 'b=c' } })).toBe(true);
    expect(passes({ label: ['toString'] })).toBe(false);
  });

  it('refuse a key that podman does not know', () => {
    expect(() => compile({ colour: ['red'] })).toThrow(
      '"colour" is an invalid filter: known are container, event, image, label, pod, status, type, volume',
    );
  });
});
