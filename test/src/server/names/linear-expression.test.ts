import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { compileExpression, type Expression } from '../../../../src/server/names/linear-expression.ts';

const fail = (position: number, wrong: string): never => {
  throw new RangeError(`${wrong} at ${position}`);
};

function compile(source: string, flags = '', most = 1024): Expression {
  return compileExpression(source, flags, most, fail);
}

/** Sources that mean the same in JavaScript and in RE2. */
const sources = ((): fc.Arbitrary<string> => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '\\w',
    '\\d',
    '\\.',
    '\\/',
    '(a|b)',
    '(?:ab)',
    '^',
    '$',
    '\\b',
  );
  const part = fc
    .tuple(atom, fc.constantFrom('', '', '', '*', '+', '?', '*?', '{2}', '{2,}', '{1,3}'))
    // JavaScript refuses a repetition of an assertion, as in `^*`.
    .map(([one, often]) => (/^(?:\^|\$|\\b)$/.test(one) ? one : one + often));
  const group = fc
    .tuple(fc.array(part, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '*', '+', '{0,4}'))
    .map(([parts, often]) => `(${parts.join('')})${often}`);
  return fc.array(fc.oneof(part, group), { minLength: 1, maxLength: 6 }).map((all) => all.join(''));
})();

describe('compileExpression', () => {
  it('matches as JavaScript does', () => {
    const texts = fc.array(
      fc.string({ unit: fc.constantFrom('a', 'b', 'A', '1', '.', '/', '-'), maxLength: 8 }),
      {
        minLength: 5,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(sources, texts, fc.constantFrom('', 'i', 'u', 's', 'm'), (source, list, flags) => {
        const ours = compile(source, flags, 1e6);
        const theirs = new RegExp(source, flags);
        for (const text of list) expect([text, ours.test(text)]).toEqual([text, theirs.test(text)]);
      }),
      { numRuns: 300 },
    );
  });

  it('knows the size of a program before it is compiled', () => {
    fc.assert(
      fc.property(sources, (source) => {
        // RE2 adds an instruction at each end.
        expect(RE2JS.compile(source).programSize()).toBeLessThanOrEqual(compile(source, '', 1e6).size + 2);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['(a{1000})b|'.repeat(80)],
    [`(${'a'.repeat(900)}){1000}`],
    ['((((x{9}){9}){9}y){1,9}z)'],
    ['a{1000}a{1000}'],
    ['(?:abc){500,}'],
  ])('refuses %s, which stands for too many instructions', (source) => {
    expect(() => compile(source)).toThrow(
      /a regular expression too large: about \d+ instructions, at most 1024/,
    );
  });

  it.each([
    ['(?=a)b', '', /look-around \(\?=…\), which a daemon does not support at 0/],
    ['b(?!a)', '', /look-around \(\?!…\), .* at 1/],
    ['(?<=a)b', '', /look-around \(\?<=…\)/],
    ['x(?<!a)b', '', /look-around \(\?<!…\), .* at 1/],
    ['(a)\\1', '', /the back-reference \\1, which a daemon does not support at 3/],
    ['(?<n>a)\\k<n>', '', /the back-reference \\k</],
    ['a', 'v', /the flag v is not supported/],
    ['\\p{L}', '', /\\p without the flag u/],
    ['[[:alpha:]]', '', /the class \[\[:/],
    ['\\Qab\\E', '', /the escape \\Q/],
    ['a\\z', '', /the escape \\z, .* at 1/],
  ])('refuses %s with the flags "%s", and says why', (source, flags, why) => {
    expect(() => compile(source, flags)).toThrow(why);
  });

  it.each([
    ['^web-\\d+$', '', 'web-12'],
    ['^(?<kind>web|db)-', 'i', 'DB-1'],
    ['\\u0061\\x62', '', 'ab'],
    ['^\\p{Lu}', 'u', 'Éa'],
    ['[(?=a)\\\\1]', '', '?'],
    ['\\(\\?=', '', '(?='],
  ])('takes %s with the flags "%s"', (source, flags, text) => {
    expect(compile(source, flags).test(text)).toBe(true);
    expect(compile(source, flags).test('~')).toBe(false);
  });

  it('ends soon, where JavaScript would take longer than the universe lasts', () => {
    const name = `${'a'.repeat(500)}!`;
    for (const source of [
      '^(a+)+$',
      '^(a|a)*$',
      '(x+x+)+y',
      '(.*)(.*)(.*)(.*)x$',
      '^(a?){50}a{50}$',
      '(a|aa)+$b',
    ]) {
      expect(compile(source).test(name)).toBe(false);
    }
  });
});
