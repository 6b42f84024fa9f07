import { describe, expect, it } from 'vitest';
import { type PodmanQuery, queryOf } from '../../../../src/server/libpod/podman-query.ts';

const NOW = 1_000_000_000_000n;
const MINUTE = 60_000_000_000n;

const read = (query: string): PodmanQuery => queryOf(new URLSearchParams(query), NOW);

describe('queryOf podman', () => {
  it.each([
    ['', { since: undefined, until: undefined, follow: true }],
    ['filters=%7B%7D&since=&stream=true&until=', { since: undefined, until: undefined, follow: true }],
    ['stream=false', { since: undefined, until: undefined, follow: false }],
    ['since=10m', { since: NOW - 10n * MINUTE, until: undefined, follow: true }],
    ['until=10m', { since: 0n, until: NOW + 10n * MINUTE, follow: true }],
    ['since=5&until=6.5', { since: 5_000_000_000n, until: 6_500_000_000n, follow: true }],
    ['since=1970-01-01T00:00:01Z', { since: 1_000_000_000n, until: undefined, follow: true }],
  ])('reads %s', (text, query) => {
    expect(read(text)).toEqual({ query, filters: {} });
  });

  it('reads filters in either form', () => {
    const filters = { event: ['died'] };
    expect(read('filters={"event":["died"]}')).toMatchObject({ filters });
    expect(read('filters={"event":{"died":true}}')).toMatchObject({ filters });
  });

  it.each([
    ['since=x', /^parameter 'since': invalid time "x"/],
    ['until=x', /^parameter 'until': invalid time "x"/],
    ['stream=maybe', /^parameter 'stream': must be true or false, not "maybe"/],
    ['filters=x', /^parameter 'filters': must be JSON/],
  ])('refuses %s', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
