/**
 * `npm run docs`: writes the reference of the four entry points, `docs/api/`, from their
 * declarations in `dist/`. With `--check`, only compares the digests of declarations and pages with
 * those of the last run: in milliseconds, and without typedoc. With `--out DIR`, writes the pages
 * there and leaves the tree alone.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { digest } from './digest.js';
import { install } from './install.js';
import { ready } from './ready.js';
import { main, root, run } from './root.js';

const TOOL = 'tools/api';
const PAGES = 'docs/api';
/** Digests of the last run. */
const STAMP = join(root, TOOL, 'stamp.json');

const { check, out } = parseArgs({
  options: { check: { type: 'boolean' }, out: { type: 'string' } },
}).values;

await main(async () => {
  await ready();
  if (check) return checkStamp();
  install(TOOL);
  write(resolve(out ?? join(root, PAGES)));
  if (out === undefined) writeFileSync(STAMP, `${JSON.stringify(stamp(), null, 2)}\n`);
});

function checkStamp() {
  const last = existsSync(STAMP) ? JSON.parse(readFileSync(STAMP, 'utf8')) : {};
  const now = stamp();
  const stale = Object.keys(now).filter((name) => now[name] !== last[name]);
  if (stale.length > 0) throw new Error(`${PAGES} is stale (${stale.join(' and ')} changed): npm run docs`);
}

/** Digests of the sources of the reference, and of its pages: an edit by hand counts too. */
function stamp() {
  const tool = ['package.json', 'package-lock.json', 'tsconfig.json', 'typedoc.json'];
  return {
    declarations: digest([...declarations(), ...tool.map((name) => join(TOOL, name)), 'scripts/api.js']),
    pages: digest([PAGES]),
  };
}

/** The declaration files that the entry points import, directly or not. */
function declarations() {
  const { entryPoints } = JSON.parse(readFileSync(join(root, TOOL, 'typedoc.json'), 'utf8'));
  const found = new Set(entryPoints.map((path) => join(TOOL, path)));
  for (const file of found) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, path] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g))
      found.add(join(dirname(file), path.replace(/\.[jt]s$/, '.d.ts')));
  }
  return [...found].toSorted((a, b) => (a < b ? -1 : 1));
}

function write(directory) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const typedoc = join(root, TOOL, 'node_modules/typedoc/bin/typedoc');
  run(
    process.execPath,
    [typedoc, '--logLevel', 'Warn', '--out', relative(join(root, TOOL), directory)],
    TOOL,
  );
  for (const name of readdirSync(directory)) tidy(join(directory, name));
}

/**
 * Names destructured parameters, and leaves one empty line at most and one line break at the end.
 */
function tidy(file) {
  const text = readFileSync(file, 'utf8').replaceAll('__namedParameters', 'options');
  writeFileSync(file, `${text.replace(/\n{3,}/g, '\n\n').trim()}\n`);
}
