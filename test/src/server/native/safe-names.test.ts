import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkNames } from '../../../../src/server/native/safe-names.ts';

describe('checkNames', () => {
  it.each([
    ['web'],
    ['web-*'],
    ['!(a+)+'],
    ['/^web-\\d+$/'],
    ['!/^(web|db)-\\d+$/i'],
    ['/^(?:web|db)-(?<number>\\d+)-.*$/'],
    ['/[(+)*]+\\(\\+\\)*/'],
    ['/^(abc)+$/'],
    ['/^web-?(?:a+?)\\d??$/'],
    ['/a/b/'],
  ])('takes %s', (name) => {
    expect(() => checkNames([name])).not.toThrow();
  });

  it.each([
    ['/^(a+)+$/', /a repeated group with repetition/],
    ['!/^((a)*b)*$/i', /a repeated group with repetition/],
    ['/^(a|a)*$/', /a repeated group with repetition, options or alternatives/],
    ['/^(a?a)*$/', /a repeated group/],
    ['/a?a?a?a?a?a?a?a?a?/', /more than 8 optional parts/],
    ['/^(?:(?:a|aa))+$/', /a repeated group/],
    ['/^(a{1,50}){1,50}$/', /a repeated group/],
    ['/^(?<x>a*){2,}$/', /a repeated group/],
    ['/(x+x+)+y/', /a repeated group/],
    ['/^(a)\\1+$/', /a reference back/],
    ['/^(?<x>a)\\k<x>$/', /a reference back/],
    ['/^(?=(a+)+$)/', /a look ahead or behind/],
    ['/(?<!a+)b/', /a look ahead or behind/],
    ['/.*a.*b.*c.*d/', /more than 3 repeated parts/],
  ])('refuses %s', (name, why) => {
    expect(() => checkNames(['web', name])).toThrow(why);
  });

  it('lets through only what a name made of one character cannot keep busy', () => {
    const atom = fc.constantFrom('a', '.', '[ab]', '\\w', '(a)', '(a|b)', '(?:aa)', 'b');
    const part = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2,}', '{1,3}'))
      .map(([what, often]) => what + often);
    const nested = fc
      .tuple(fc.array(part, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '*', '+'))
      .map(([parts, often]) => `(${parts.join('')})${often}`);
    const source = fc
      .array(fc.oneof(part, nested), { minLength: 1, maxLength: 5 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(source, (text) => {
        try {
          checkNames([`/${text}/`]);
        } catch {
          return;
        }
        // Were it exponential, this would not end.
        new RegExp(`^(?:${text})$`).test(`${'a'.repeat(60)}!`);
      }),
      { numRuns: 500 },
    );
  });
});
