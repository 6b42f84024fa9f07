import { describe, expect, it } from 'vitest';
import { parseNamePattern } from '../../../../operators/name-pattern.ts';
import { Limits } from '../../../../src/server/client-limits.ts';
import { clientNames } from '../../../../src/server/names/index.ts';

const named = (name: string): { id: string; name: string } => ({ id: 'c0ffee'.repeat(10), name });

describe('clientNames', () => {
  it('reads every kind of pattern', () => {
    const [exact, glob, expression, negated] = clientNames(
      ['web', 'web-*', '/^db\\d$/', '!test'],
      new Limits(),
    );
    expect(exact).toMatchObject({ pattern: 'web', exact: 'web' });
    expect(glob?.matches(named('web-1'))).toBe(true);
    expect(expression?.matches(named('db1'))).toBe(true);
    expect(expression?.matches(named('db12'))).toBe(false);
    expect(negated).toMatchObject({ negated: true });
  });

  it('compiles patterns again that were parsed with the expressions of JavaScript', () => {
    const slow = parseNamePattern('/^(a+)+$/');
    const [pattern] = clientNames([slow], new Limits());
    expect(pattern).not.toBe(slow);
    expect(pattern?.matches(named(`${'a'.repeat(200)}!`))).toBe(false);
  });

  it('names the pattern, the position and what is wrong', () => {
    expect(() => clientNames(['web', '!/a(?=b)/'], new Limits())).toThrow(
      'invalid name pattern "!/a(?=b)/": look-around (?=…), which a daemon does not support at position 3',
    );
    expect(() => clientNames(['/(/'], new Limits())).toThrow(/unterminated group at position 1/);
  });

  it('takes as many as the limit allows, and counts refusals', () => {
    const limits = new Limits({ patterns: 2 });
    expect(clientNames(['a', 'b'], limits)).toHaveLength(2);
    expect(() => clientNames(['a', 'b', 'c'], limits)).toThrow(
      'too many name patterns in one query: 3, at most 2 are taken',
    );
    expect([...limits.status()].find(({ name }) => name === 'patterns')).toMatchObject({
      value: 2,
      refused: 1,
    });
  });

  it('bounds the expressions of one query together', () => {
    const one = '/^[a-z]{1,63}$/';
    expect(
      clientNames(
        Array.from({ length: 5 }, () => one),
        new Limits(),
      ),
    ).toHaveLength(5);
    expect(() =>
      clientNames(
        Array.from({ length: 20 }, () => one),
        new Limits(),
      ),
    ).toThrow(/too large/);
  });

  it('matches no name of more than 512 characters, unless it is given in full', () => {
    const long = 'a'.repeat(513);
    const patterns = clientNames(['a*', '/a/', long], new Limits());
    expect(patterns.map(({ matches }) => matches(named(long)))).toEqual([false, false, true]);
    expect(patterns[0]?.matches(named(long.slice(1)))).toBe(true);
  });
});
