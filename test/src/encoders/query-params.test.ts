import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Query } from '../../../src/collector/query.ts';
import { queryFromParams, queryToParams } from '../../../src/encoders/query-params.ts';

const some = fc.string({ minLength: 1 });
const time = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });

const queries: fc.Arbitrary<Query> = fc.record(
  {
    name: fc.array(some, { minLength: 1 }),
    since: time,
    until: time,
    filters: fc.dictionary(some, fc.array(fc.string()), { minKeys: 1 }),
    cursor: some,
    tail: fc.maxSafeNat(),
    follow: fc.constant(false),
  },
  { requiredKeys: [] },
);

const read = (text: string): Query => queryFromParams(new URLSearchParams(text), 1_000_000_000n);

describe('query parameters', () => {
  it('carry every query there and back', () => {
    fc.assert(
      fc.property(queries, (query) => {
        expect(read(queryToParams(query).toString())).toEqual(query);
      }),
    );
  });

  it('keep every digit of a time', () => {
    expect(queryToParams({ since: 1652174434661862100n }).toString()).toBe('since=1652174434.661862100');
    expect(queryToParams({ since: -5n }).toString()).toBe('since=-0.000000005');
    expect(read('since=-0.000000005').since).toBe(-5n);
  });

  it('may have times in any notation, and filters in either form of Docker', () => {
    expect(read('since=1s&until=1970-01-01T00:00:07Z')).toMatchObject({ since: 0n, until: 7_000_000_000n });
    expect(read('filters={"event":{"die":true,"oom":false}}').filters).toEqual({ event: ['die'] });
    expect(read('filters=null').filters).toEqual({});
    expect(read('filters={"event":null,"type":["image"]}').filters).toEqual({ event: [], type: ['image'] });
  });

  it('count as not given when they are empty', () => {
    expect(read('name=&since=&until=&filters=&cursor=&tail=&follow=')).toEqual({});
    expect(queryToParams({ filters: {}, name: [], follow: true }).toString()).toBe('');
  });

  it.each([
    ['names=web', 'unknown parameter "names": known are name, since'],
    ['since=1&since=2', "parameter 'since' is given 2 times"],
    ['since=noonish', `parameter 'since': invalid time "noonish": known are`],
    ['filters=die', `parameter 'filters': must be JSON like {"event":["die"]`],
    ['filters=[]', 'must be JSON like'],
    ['filters={"event":"die"}', 'the values of "event" are not a list of strings'],
    ['filters={"event":[1]}', 'the values of "event" are not a list of strings'],
    ['tail=-1', 'parameter \'tail\': must be a whole number, 0 or more, not "-1"'],
    ['tail=1e3', 'must be a whole number'],
    ['follow=no', 'parameter \'follow\': must be true or false, not "no"'],
  ])('refuse %s', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
