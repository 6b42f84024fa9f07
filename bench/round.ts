/**
 * One round of one benchmark of a build: `round.js FOLDER NAME [quick]`, run in the tree of that
 * build. FOLDER holds its bundled `list.js` and `worker.js`. Prints the lines as JSON, each with
 * its own side only.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Reading } from './harness/against.ts';
import { measure } from './harness/run.ts';
import { median } from './harness/statistics.ts';
import type * as list from './list.ts';

const [folder = '', name = '', quick] = process.argv.slice(2);
const { find } = (await import(pathToFileURL(join(folder, 'list.js')).href)) as typeof list;
const script = join(folder, 'worker.js');
const outcome = await measure(await find(name), { quick: quick === 'quick', rounds: 1, script });
if (outcome.failed !== undefined) throw new Error(`${name}: ${outcome.failed}`);
const readings: Reading[] = outcome.lines.map(({ what, unit, pairs }) => ({
  what,
  unit,
  value: median(pairs.a),
}));
process.stdout.write(JSON.stringify(readings));
