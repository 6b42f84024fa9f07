/** `npm run bench [-- --quick] [--json] [NAME…]`: measures and prints one table, a line a comparison. */
import { parseArgs } from 'node:util';
import { measure, type Outcome } from './harness/run.ts';
import { table, toJson } from './harness/table.ts';
import { find, names } from './list.ts';

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const outcomes: Outcome[] = [];
// To be used while working: without what waits for a dockerd.
const chosen = values.quick ? names.filter((name) => !name.endsWith('-docker')) : names;
for (const name of positionals.length > 0 ? positionals : chosen) {
  process.stderr.write(`${name} …\n`);
  outcomes.push(await measure(await find(name), values.quick));
}
process.stdout.write(values.json ? `${toJson(outcomes)}\n` : `${table(outcomes)}\n`);
process.exitCode = outcomes.some(({ failed }) => failed !== undefined) ? 1 : 0;
