import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatCursor } from '../../../src/collector/cursor.ts';
import {
  formatPosition,
  parsePosition,
  readPositions,
  writePositions,
} from '../../../src/fleet/host-position.ts';
import { stateDirectory } from '../../support/state-directory.ts';

const cursor = formatCursor('abc', 7);

describe('positions of hosts', () => {
  it('are kept in a file that is replaced as a whole', () => {
    const directory = stateDirectory();
    const path = join(directory, 'positions');
    expect(readPositions(path)).toBe(undefined);
    const positions = new Map([
      ['web.1', { seq: 3, cursor, at: 12 }],
      ['*', { seq: 4, cursor }],
    ]);
    writePositions(path, positions, 'journal:1');
    expect(readPositions(path)).toEqual({ positions, cursor: 'journal:1' });
    expect(readdirSync(directory)).toEqual(['positions']);
  });

  it('are refused if the file is damaged, with its path', () => {
    const path = join(stateDirectory(), 'positions');
    writePositions(path, new Map([['web', { seq: 3, cursor }]]));
    const text = readFileSync(path, 'utf8');
    for (const wrong of [
      '',
      '[]',
      'null',
      text.slice(0, -4),
      text.replace(cursor, 'abc:7.xx'),
      text.replace('3', '-3'),
    ]) {
      writeFileSync(path, wrong);
      expect(() => readPositions(path)).toThrow(`${path} does not hold positions of a fleet`);
    }
  });

  it('are texts in attributes', () => {
    expect(formatPosition({ seq: 9, cursor })).toBe(`9 ${cursor}`);
    expect(parsePosition(`9 ${cursor}`)).toEqual({ seq: 9, cursor });
    for (const wrong of [undefined, '', '9', `x ${cursor}`, `9 ${cursor}x`, `0 ${cursor}`])
      expect(parsePosition(wrong)).toBe(undefined);
  });
});
