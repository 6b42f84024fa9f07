/** `npm run bench [-- --quick] [--json] [--profile DIR] [NAME…]`: measures and prints one table, a line a comparison. */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { busiest } from './harness/profile.ts';
import { measure, type Outcome } from './harness/run.ts';
import { table, toJson } from './harness/table.ts';
import { find, names, quickNames } from './list.ts';

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
  allowPositionals: true,
});
const { quick, json, profile: profiles } = values;
if (profiles !== undefined) mkdirSync(profiles, { recursive: true });

const outcomes: Outcome[] = [];
const all = quick ? quickNames : names;
for (const name of positionals.length > 0 ? positionals : all) {
  process.stderr.write(`${name} …\n`);
  outcomes.push(await measure(await find(name), { quick, profiles }));
}
process.stdout.write(json ? `${toJson(outcomes)}\n` : `${table(outcomes)}\n`);
if (profiles !== undefined) process.stderr.write(`${busiest(profiles)}\n`);
process.exitCode = outcomes.some(({ failed }) => failed !== undefined) ? 1 : 0;
