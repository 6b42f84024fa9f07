/**
 * Builds `dist/`: the library by `tsc`, file by file with types; the page by rolldown into
 * `dist/page/`, the command into `dist/bin/`. Code that only some commands need is in separate chunks, loaded on demand.
 */
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCodeCache } from './code-cache.js';
import { writeManPages } from './man.js';
import { buildPage } from './page.js';
import { prune } from './prune.js';
import { main, root, run } from './root.js';

/** Packages that are not bundled: large ones that a daemon without rules never loads. */
export const EXTERNAL = /^(node:|zod|yaml|echarts|mqtt$|@nats-io\/)/;

export async function build() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', 'tsconfig.build.json']);
  prune();
  await bundle();
  await writeCodeCache();
  await buildPage();
  await writeManPages(bundleAll);
}

/**
 * Code that is loaded together goes into one file: the matching modules with all of their imports
 * that no earlier group has. The rest is split into chunks by the commands that need it.
 */
const TOGETHER = [
  { name: 'start', test: /\/(cli\/(exit|output\/stdout-failure)|src\/version)\.ts$|rolldown\/runtime/ },
  {
    name: 'common',
    test: /\/(cli\/(process|settings\/(place|number-option)|arguments\/repeatable)|src\/(instant|event|hash|whole-number))\.ts$/,
  },
  { name: 'client', test: /\/cli\/(commands\/events|source\/context-events)\.ts$/ },
  { name: 'text', test: /\/cli\/render\/(people|colour|theme|glyphs|describe)\.ts$/ },
];

/**
 * Bundles the command into a folder of the tree; resolves with its chunks, as rolldown describes
 * them.
 */
export async function bundle(outdir = join(root, 'dist/bin')) {
  const cache = readFileSync(join(root, 'cli/code-cache.cjs'), 'utf8');
  const output = await bundleCommand(outdir, `#!/usr/bin/env node\n${cache}`);
  writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
  chmodSync(join(outdir, 'tidings.js'), 0o755);
  return output;
}

/**
 * Bundles the command without what npm needs; resolves with its chunks.
 *
 * @param banner first lines of its main file
 * @param external packages to leave out
 */
export async function bundleCommand(outdir, banner = '', external = EXTERNAL) {
  const format = {
    // ES modules cost Node 6 ms at the start, and a third of a millisecond for each file.
    format: 'cjs',
    dynamicImportInCjs: false,
    codeSplitting: { groups: TOGETHER },
    banner: ({ fileName }) => (fileName === 'tidings.js' ? banner : ''),
  };
  const { output } = await bundleAll({ tidings: 'cli/main.ts' }, outdir, format, root, external);
  return output;
}

/** Bundles named entry points into a folder. Paths are relative to the tree `cwd`. */
export async function bundleAll(input, dir, output = {}, cwd = root, external = EXTERNAL) {
  const { build } = await import('rolldown');
  return await build({
    cwd,
    input,
    platform: 'node',
    external,
    // The condition of rxjs for Node selects CommonJS, from which unused code cannot be removed.
    resolve: { alias: { rxjs: join(cwd, 'node_modules/rxjs/dist/esm/index.js') } },
    plugins: [lazily('string-width'), onlyWhenUsed],
    // A newer target would allow regular expressions with the flag `v`: V8 needs 16 ms for the
    // first one that it reads, used or not.
    transform: { target: 'es2023' },
    output: {
      dir,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: 'chunks/[name].js',
      comments: { legal: true, annotation: false, jsdoc: false },
      ...output,
    },
  });
}

/** A plugin: evaluates a package that exports a function on the first call. */
function lazily(name) {
  const stub = `\0lazily:${name}`;
  return {
    name: 'lazily',
    resolveId: (id, _, { kind }) => (id === name && kind === 'import-statement' ? stub : undefined),
    load: (id) =>
      id === stub ? `export default (...args) => require('${name}').default(...args);` : undefined,
  };
}

/**
 * A plugin: commander can start processes for commands that are separate programs. This product has
 * none, so the code for that is loaded on demand.
 */
const onlyWhenUsed = {
  name: 'only-when-used',
  transform: (code, id) =>
    id.endsWith('/commander/lib/command.js')
      ? code
          .replace("const childProcess = require('node:child_process');", '')
          .replaceAll('childProcess.', "require('node:child_process').")
      : undefined,
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(build);
