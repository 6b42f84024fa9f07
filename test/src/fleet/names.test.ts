import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ALL_EVENTS,
  ALL_HEARTBEATS,
  checkHost,
  decodeToken,
  encodeToken,
  eventsOf,
  heartbeatsOf,
  hostOfHeartbeat,
  hostOfStream,
  streamOf,
  subjectOf,
} from '../../../src/fleet/names.ts';

/** Tests a subject against a pattern of NATS. */
const matches = (pattern: string, subject: string): boolean => {
  const [wanted, found] = [pattern.split('.'), subject.split('.')];
  return wanted.length === found.length && wanted.every((token, i) => token === '*' || token === found[i]);
};

describe('names of a fleet', () => {
  it('encode any text as one token, and give it back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const token = encodeToken(text);
        expect(token).toMatch(/^[\w=-]*$/);
        expect(decodeToken(token)).toBe(text);
      }),
    );
  });

  it('keep hosts apart: no subject of one host matches those of another', () => {
    const host = fc.string({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(host, host, fc.string(), (one, other, type) => {
        const subject = subjectOf(one, type);
        expect(matches(eventsOf(other), subject)).toBe(one === other);
        expect(matches(ALL_EVENTS, subject)).toBe(true);
        expect(matches(ALL_HEARTBEATS, subject)).toBe(false);
        expect(hostOfStream(streamOf(one))).toBe(one);
        expect(hostOfHeartbeat(heartbeatsOf(one, 'd'))).toBe(one);
      }),
    );
  });

  it('refuse tokens that are not the result of the encoding', () => {
    for (const token of ['=41', '=zz', 'a=2e', '=ED=A0=80']) expect(decodeToken(token)).toBe(undefined);
    expect(hostOfStream('orders')).toBe(undefined);
    expect(hostOfHeartbeat('tidings.web.container')).toBe(undefined);
  });

  it('refuse hosts that are empty, too long or hold control characters', () => {
    for (const host of ['', 'a\nb', 'é'.repeat(40), 'a'.repeat(201)])
      expect(() => checkHost(host)).toThrow(/^invalid host /);
    expect(checkHost('web.1 *>é')).toBe('web.1 *>é');
  });
});
