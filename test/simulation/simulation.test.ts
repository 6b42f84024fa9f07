/** Seeds of the simulation: see docs/reliability.md. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const script = new URL('../../scripts/simulate.js', import.meta.url).pathname;

function simulate(...args: string[]): { status: number | null; lines: string[] } {
  const { status, stdout } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return { status, lines: stdout.split('\n') };
}

it('holds what is promised for fifty seeds', () => {
  const { status, lines } = simulate('--seeds', '50');
  expect(lines.filter((line) => /^seed \d+ fails/.test(line))).toEqual([]);
  expect(status).toBe(0);
}, 600_000);

it('does the same for the same seed, byte for byte', () => {
  const traceOf = (...args: string[]): string => {
    const { lines } = simulate(...args, '--trace');
    const begin = lines.findIndex((line) => line.includes('seed 7: '));
    return lines
      .slice(
        begin,
        lines.findIndex((line, i) => i > begin && line.startsWith('digest ')),
      )
      .join('\n');
  };
  const alone = traceOf('--seed', '7');
  expect(alone.length).toBeGreaterThan(1000);
  // Earlier seeds in the same process change nothing.
  expect(traceOf('--first', '3', '--seeds', '5')).toBe(alone);
}, 120_000);
