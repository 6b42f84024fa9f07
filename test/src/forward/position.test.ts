import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCursor } from '../../../src/collector/cursor.ts';
import { PositionFile, positionIn } from '../../../src/forward/position.ts';
import { stateDirectory } from '../../support/state-directory.ts';

const at = (seq: number): string => formatCursor('k3f', seq);
const path = (): string => positionIn(stateDirectory(), 'logs');

describe('the position on disk', () => {
  it('is that of the last write, for the next daemon', () => {
    const file = path();
    const first = new PositionFile(file);
    expect([first.found, first.unreadable]).toEqual([undefined, undefined]);
    for (let i = 1; i <= 5; i++) first.write({ acknowledged: at(i), sent: at(i + 2) });
    first.close();
    expect(new PositionFile(file).found).toEqual({ acknowledged: at(5), sent: at(7) });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('survives a write that was cut anywhere: the one before remains', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 767 }), fc.integer({ min: 1, max: 9 }), (length, writes) => {
        const file = path();
        const before = new PositionFile(file);
        for (let i = 1; i <= writes; i++) before.write({ acknowledged: at(i), sent: at(i) });
        before.close();
        // The newest slot is at 0 or at 512; a cut inside of it must leave the other.
        const newest = (writes % 2) * 512;
        const whole = readFileSync(file);
        whole.fill(0x78, newest + Math.min(length % 256, 10), newest + 256);
        writeFileSync(file, whole);
        const { found, unreadable } = new PositionFile(file);
        expect(found?.acknowledged).toBe(writes === 1 ? undefined : at(writes - 1));
        expect(unreadable).toBe(writes === 1 ? 'it is damaged' : undefined);
      }),
      { numRuns: 50 },
    );
  });

  it.each([0, 1, 100, 300, 512, 530])('tells a file that is cut to %i bytes', (length) => {
    const file = path();
    const before = new PositionFile(file);
    before.write({ acknowledged: at(1), sent: at(1) });
    before.close();
    truncateSync(file, length);
    const { found, unreadable } = new PositionFile(file);
    expect(found).toBe(undefined);
    expect(unreadable).toBe(length > 0 ? 'it is damaged' : undefined);
  });

  it('sets a file of a later version aside', () => {
    const file = path();
    new PositionFile(file).close();
    const later = `format 2 ${at(7)}`.padEnd(512);
    writeFileSync(file, later);
    const position = new PositionFile(file);
    expect(position.found).toBe(undefined);
    expect(position.unreadable).toBe(
      `it has format 2, of a later version of tidings, and this version reads formats up to 1; it was set aside as ${file}.format-2`,
    );
    position.write({ acknowledged: at(1), sent: at(1) });
    position.close();
    expect(new PositionFile(file).found?.acknowledged).toBe(at(1));
    expect(readFileSync(`${file}.format-2`, 'utf8')).toBe(later);
  });

  it('is in a directory for all forwarders', () => {
    expect(positionIn('/var/lib/tidings', 'logs')).toBe(join('/var/lib/tidings/forward/logs.position'));
  });
});
