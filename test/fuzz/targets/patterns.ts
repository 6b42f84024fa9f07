/** Name patterns of clients. */
import { clientNames } from '../../../src/server/names/index.ts';
import { Limits } from '../../../src/server/client-limits.ts';
import { buffers, mutate } from '../mutate.ts';
import { documented, type Target } from '../target.ts';

const VALID = buffers(
  ...[
    'web',
    'web-*',
    'db?',
    'node[0-9]',
    'node[!a-c]x',
    '!web-*',
    '/^web-\\d+$/',
    '/(a+)+$/i',
    '/[^]{2,5}(b|c*)?/u',
  ],
  ...[
    'a'.repeat(64),
    '0123456789ab',
    '/\\p{L}+/u',
    '/(?<n>a)\\k<n>/',
    '/(?=a)b/',
    '!/^$/',
    '*'.repeat(40),
    '\\*',
  ],
);
const WORDS = [
  '(?:',
  '(?!',
  '{1000}',
  '{0,9999}',
  '[^]',
  '\\u{10ffff}',
  '\\b',
  '**',
  '[[:alpha:]]',
  '/',
  '/i',
  '$^',
];
const NAMES = ['web-1', '', 'a'.repeat(5000), '\ud800', 'node7', '__proto__'];

export const patterns: Target = {
  name: 'patterns',
  input: (random) => mutate(random, VALID, WORDS),
  run: (input) => {
    try {
      const [pattern] = clientNames([input.toString()], new Limits());
      for (const name of NAMES) pattern?.matches({ id: 'f'.repeat(64), name });
    } catch (error) {
      documented(error, RangeError);
    }
  },
};
