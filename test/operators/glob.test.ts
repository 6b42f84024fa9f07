import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../operators/glob.ts';

function fail(position: number, wrong: string): never {
  throw new Error(`${wrong} at ${position}`);
}

function matches(glob: string, text: string): boolean {
  return compileGlob(glob, fail)(text);
}

describe('a glob', () => {
  it.each([
    ['web-*', 'web-', true],
    ['web-*', 'web-1', true],
    ['web-*', 'web', false],
    ['*-web', 'my-web', true],
    ['*-web', 'my-web-1', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['db?', 'db1', true],
    ['db?', 'db', false],
    ['db?', 'db12', false],
    ['n[0-9]', 'n7', true],
    ['n[0-9]', 'nx', false],
    ['n[abc-]', 'n-', true],
    ['n[!0-9]', 'nx', true],
    ['n[^0-9]', 'n7', false],
    ['n[]x]', 'n]', true],
    ['n[!]x]', 'n]', false],
    ['a.b*', 'axb', false],
    ['(a|b)*', 'a', false],
    ['a\\*', 'a\\b', true],
    ['*', '', true],
    ['**', 'a\nb', true],
  ])('%j on %j: %s', (glob, text, expected) => {
    expect(matches(glob, text)).toBe(expected);
  });

  it('is as a regular expression made of it', () => {
    const letters = fc.constantFrom('a', 'b');
    const glob = fc.array(fc.oneof(letters, fc.constantFrom('*', '?', '[ab]', '[!a]')), { maxLength: 8 });
    const text = fc.array(letters, { maxLength: 8 });
    const escapes: Record<string, string> = { '*': '.*', '?': '.', '[!a]': '[^a]' };
    fc.assert(
      fc.property(glob, text, (parts, chars) => {
        const model = new RegExp(`^${parts.map((part) => escapes[part] ?? part).join('')}$`);
        expect(matches(parts.join(''), chars.join(''))).toBe(model.test(chars.join('')));
      }),
      { numRuns: 1000 },
    );
  });

  it('is answered where a regular expression would never end', () => {
    expect(matches(`${'*a'.repeat(400)}*b`, 'a'.repeat(1000))).toBe(false);
  });

  it.each([
    ['a[bc', "a '[' without its ']' at 1"],
    ['[]', "a '[' without its ']' at 0"],
    ['x[!z-a]', 'the range z-a backwards at 3'],
  ])('refuses %j with its position', (glob, wrong) => {
    expect(() => matches(glob, '')).toThrow(wrong);
  });
});
