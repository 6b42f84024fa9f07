import { describe, expect, it } from 'vitest';
import { parseNamePattern } from '../../operators/name-pattern.ts';

const ID = 'c0ffee0123456789'.repeat(4);

function matches(pattern: string, name: string, id = ID): boolean {
  return parseNamePattern(pattern).matches({ id, name });
}

describe('a pattern', () => {
  it('is an exact name', () => {
    expect(matches('web', 'web')).toBe(true);
    expect(matches('web', 'web-1')).toBe(false);
    expect(matches('web', 'Web')).toBe(false);
    expect(matches('a.b', 'axb')).toBe(false);
    expect(parseNamePattern('web')).toMatchObject({ pattern: 'web', negated: false, exact: 'web' });
  });

  it('is a full id', () => {
    expect(matches(ID, 'web')).toBe(true);
    expect(matches(ID, 'web', 'f'.repeat(64))).toBe(false);
    expect(parseNamePattern(ID)).toMatchObject({ exact: ID });
    expect(parseNamePattern(ID).idPrefix).toBeUndefined();
  });

  it('is 12 or more digits of an id', () => {
    expect(matches('c0ffee012345', 'web')).toBe(true);
    expect(matches('C0FFEE012345', 'web')).toBe(true);
    expect(matches('c0ffee01234', 'web')).toBe(false);
    expect(matches('0ffee0123456', 'web')).toBe(false);
    expect(matches('c0ffee012345', 'c0ffee012345', 'other')).toBe(true);
    expect(parseNamePattern('c0ffee012345')).toMatchObject({ idPrefix: 'c0ffee012345' });
  });

  it('is a glob', () => {
    expect(matches('web-*', 'web-1')).toBe(true);
    expect(matches('web-*', 'my-web-1')).toBe(false);
    expect(parseNamePattern('web-*').exact).toBeUndefined();
  });

  it('is a regular expression, with flags', () => {
    expect(matches('/^db/', 'db-1')).toBe(true);
    expect(matches('/^db/', 'DB-1')).toBe(false);
    expect(matches('/^db/i', 'DB-1')).toBe(true);
    expect(matches('/a/b/', 'x a/b')).toBe(true);
    expect(matches('/^\\p{L}+$/u', 'über')).toBe(true);
  });

  it('is negated by what stands before it', () => {
    expect(parseNamePattern('!web')).toMatchObject({ pattern: '!web', negated: true, exact: 'web' });
    expect(matches('!web', 'web')).toBe(true);
  });

  it('is asked of the id where there is no name', () => {
    expect(parseNamePattern('c0*').matches({ id: ID })).toBe(true);
    expect(parseNamePattern('/^c0/').matches({ id: ID })).toBe(true);
    expect(parseNamePattern('c0*').matches({ id: ID, name: 'web' })).toBe(false);
  });

  it.each([
    ['', 'nothing to match at position 0'],
    ['!', 'nothing to match at position 1'],
    ['web[0-9', "a '[' without its ']' at position 3"],
    ['!web[0-9', "a '[' without its ']' at position 4"],
    ['web[9-0]', 'the range 9-0 backwards at position 4'],
    ['/web', "a regular expression without its closing '/' at position 4"],
    ['/web-(/', 'unterminated group at position 5'],
    ['/a**/', 'nothing to repeat at position 3'],
    ['/web/g', 'flags "g" (known: i, m, s, and u or v) at position 5'],
    ['/web/ii', 'flags "ii"'],
    ['/web/uv', 'flags "uv"'],
    ['w'.repeat(1001), 'longer than 1000 characters at position 1000'],
  ])('is refused with its position when it is %j', (pattern, wrong) => {
    expect(() => parseNamePattern(pattern)).toThrow(RangeError);
    expect(() => parseNamePattern(pattern)).toThrow(wrong);
    expect(() => parseNamePattern(pattern)).toThrow('right would be a name, an id, a glob like web-*');
  });
});
