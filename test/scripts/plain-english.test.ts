import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('scripts/plain-english.js', () => {
  it('lists no more places than are allowed, each with its line', () => {
    const script = ['scripts/plain-english.js', '--list'];
    const { status, stdout, stderr } = spawnSync(process.execPath, script, { cwd: root, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { most } = JSON.parse(readFileSync(`${root}/scripts/plain-english.json`, 'utf8')) as {
      most: number;
    };
    const places = stdout.split('\n').filter((line) => line !== '');
    expect(places.length).toBeLessThanOrEqual(most);
    expect(places.filter((line) => !/^[\w./-]+:\d+: ./.test(line))).toEqual([]);
  });
});
