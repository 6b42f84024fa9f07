import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BREAKAGES } from './breakages.ts';

const root = new URL('../..', import.meta.url).pathname;

it.each(BREAKAGES)('still has the text to break so that $name', ({ file, from, to }) => {
  const text = readFileSync(root + file, 'utf8');
  expect(text.split(from)).toHaveLength(2);
  expect(from).not.toBe(to);
});
