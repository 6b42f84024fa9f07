/**
 * `kill -9` at random while events pour in. `KILL_ROUNDS=100 npx vitest run
 * test/src/journal/kill.test.ts` does it that often and prints the table.
 */
import { describe, expect, it } from 'vitest';
import { APPENDED, killRounds, type KillOptions } from '../../support/kill-rounds.ts';
import { stateDirectory } from '../../support/state-directory.ts';

const asked = Number(process.env['KILL_ROUNDS'] ?? 0);
const rounds = asked || 3;

const cases: [string, Omit<KillOptions, 'directory' | 'rounds'>][] = [
  ['fsync', { durability: 'fsync', life: 200 }],
  ['os', { durability: 'os', life: 200 }],
  ['fsync, expiring', { durability: 'fsync', life: 200, retainSize: 2 ** 20 }],
];

describe('a journal that is killed while it writes', () => {
  it.each(cases)(
    '(%s) has all that it acknowledged, once, and gives no number twice',
    async (name, options) => {
      const table = await killRounds({ directory: stateDirectory(), rounds, ...options });
      if (asked > 0) process.stdout.write(`${name}: ${JSON.stringify(table)}\n`);
      expect(table).toMatchObject({ rounds, lost: 0, repeated: 0, reused: 0 });
      // The last list of events may have its numbers without the process having said so.
      expect(table.unsaid).toBeLessThanOrEqual(rounds * APPENDED);
      expect(table.acknowledged).toBeGreaterThan(0);
    },
    30_000 + rounds * 10_000,
  );
});
