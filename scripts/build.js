/**
 * Builds `dist/`: the library by `tsc`, file by file with types; the command by rolldown into `dist/bin/`, where what only
 * some of its commands need is in chunks of their own, which are loaded when it is needed.
 */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main, root, run } from './root.js';

/** Packages that stay packages: large ones that a daemon without rules never loads. */
const EXTERNAL = /^(node:|zod|yaml|echarts)/;

export async function build() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', 'tsconfig.build.json']);
  await bundle();
}

/**
 * What the command loads together is one file: the modules that match, with all that they import and that no group before
 * has. The rest falls into chunks by which commands need it.
 */
const TOGETHER = [
  { name: 'start', test: /\/(cli\/(exit|output\/stdout-failure)|src\/version)\.ts$/ },
  {
    name: 'common',
    test: /\/(cli\/(process|settings\/place|arguments\/repeatable)|src\/(instant|event))\.ts$/,
  },
  { name: 'client', test: /\/cli\/commands\/events\.ts$/ },
  { name: 'text', test: /\/cli\/render\/(people|colour|theme|glyphs|describe)\.ts$/ },
];

/** Bundles the command into a folder of the tree; resolves with its chunks, as rolldown describes them. */
export async function bundle(outdir = join(root, 'dist/bin')) {
  const { output } = await bundleAll({ tidings: 'cli/main.ts' }, outdir, {
    // ES modules take Node 6 ms more to begin with, and a third of one for each file.
    format: 'cjs',
    dynamicImportInCjs: false,
    codeSplitting: { groups: TOGETHER },
    banner: ({ fileName }) => (fileName === 'tidings.js' ? '#!/usr/bin/env node' : ''),
  });
  writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
  chmodSync(join(outdir, 'tidings.js'), 0o755);
  return output;
}

/** Bundles entry points, by their names, into a folder. Paths are relative to the tree `cwd`. */
export async function bundleAll(input, dir, output = {}, cwd = root) {
  const { build } = await import('rolldown');
  return await build({
    cwd,
    input,
    platform: 'node',
    external: EXTERNAL,
    // Its condition for Node is CommonJS, of which nothing unused can be left out.
    resolve: { alias: { rxjs: join(cwd, 'node_modules/rxjs/dist/esm/index.js') } },
    plugins: [lazily('string-width'), onlyWhenUsed],
    // Newer is the flag `v` of literals, one of which takes V8 16 ms as soon as it reads it, used or not.
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

/** A plugin: a package that is a function is evaluated when that is first called. */
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
 * A plugin: commander starts processes for commands that are programs of their own, of which there are none here. What
 * that takes is loaded then, not with every start.
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
