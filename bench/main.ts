/**
 * `npm run bench [-- --quick] [--rounds N] [--json] [--profile DIR] [NAME…]`: measures and prints
 * one table, one line for each comparison. `--against DIR` compares this build with that of another
 * tree instead; exits 1 on a regression.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Comparison, compare, gainOf } from './harness/against.ts';
import { busiest } from './harness/profile.ts';
import { measure, type Outcome } from './harness/run.ts';
import { comparisonTable, table, toJson } from './harness/table.ts';
import { find, names, quickNames } from './list.ts';

/**
 * Default count of rounds for the comparison of two builds: fewer cannot separate 5 % from noise.
 */
const LEAST = 15;

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    profile: { type: 'string' },
    against: { type: 'string' },
    rounds: { type: 'string' },
  },
  allowPositionals: true,
});
const { quick, json, profile: profiles, against } = values;
const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1)) {
  throw new RangeError(`invalid --rounds ${JSON.stringify(values.rounds)}: a whole number, 1 or more`);
}
const chosen = positionals.length > 0 ? positionals : quick ? quickNames : names;

if (against === undefined) await measureAll();
else await compareAll(against, rounds ?? LEAST);

async function measureAll(): Promise<void> {
  if (profiles !== undefined) mkdirSync(profiles, { recursive: true });
  const outcomes: Outcome[] = [];
  for (const name of chosen) {
    process.stderr.write(`${name} …\n`);
    outcomes.push(await measure(await find(name), { quick, profiles, rounds }));
  }
  process.stdout.write(json ? `${toJson(outcomes)}\n` : `${table(outcomes)}\n`);
  if (profiles !== undefined) process.stderr.write(`${busiest(profiles)}\n`);
  process.exitCode = outcomes.some(({ failed }) => failed !== undefined) ? 1 : 0;
}

async function compareAll(directory: string, rounds: number): Promise<void> {
  const here = { tree: process.cwd(), folder: import.meta.dirname };
  const other = { tree: resolve(directory), folder: join(resolve(directory), 'dist/bench-against') };
  const comparisons: Comparison[] = [];
  for (const name of chosen) {
    process.stderr.write(`${name}: ${rounds} rounds …\n`);
    comparisons.push(...(await compare(name, here, other, rounds, quick)));
  }
  const plain = comparisons.map((each) => ({ ...each, ...gainOf(each) }));
  process.stdout.write(
    json ? `${JSON.stringify(plain, undefined, 2)}\n` : `${comparisonTable(comparisons)}\n`,
  );
  process.exitCode = plain.some(({ regression }) => regression) ? 1 : 0;
}
