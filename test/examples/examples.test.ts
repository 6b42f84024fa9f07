import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.mjs'));
const list = readFileSync(join(root, 'examples/README.md'), 'utf8');

describe('examples/', () => {
  it.each(files)('%s is short, tried, listed, and imports what users can', (name) => {
    const text = readFileSync(join(root, 'examples', name), 'utf8');
    expect(text.split('\n').length).toBeLessThan(60);
    expect(existsSync(join(root, 'test/examples', name.replace('.mjs', '.test.ts')))).toBe(true);
    expect(list).toContain(`(${name})`);
    for (const [, from] of text.matchAll(/ from '([^']+)'/g)) {
      expect(from).toMatch(/^(tidings|tidings\/(operators|engine)|rxjs|node:(fs|net))$/);
    }
  });
});
