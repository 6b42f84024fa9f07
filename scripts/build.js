/**
 * Builds `dist/`: the library by `tsc`, file by file with types; the command by esbuild into `dist/bin/`, where
 * each of its commands is a chunk that is loaded when it is run.
 */
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main, root, run } from './root.js';

/**
 * Packages that stay packages: large ones that a daemon without rules never loads. Any other costs a daemon
 * more than its own code: the first that is CommonJS brings Node's loader of it and the WebAssembly that finds its exports.
 */
const EXTERNAL = ['zod', 'yaml', 'echarts'];

/** Bundled CommonJS packages call `require` for Node's own modules, which ES modules do not have. */
const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

export async function build() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', 'tsconfig.build.json']);
  await bundle();
}

/** Bundles the command into a folder of the tree. */
export async function bundle(outdir = join(root, 'dist/bin')) {
  await bundleAll({ tidings: 'cli/main.ts' }, outdir);
  dropUnused(outdir);
  const command = join(outdir, 'tidings.js');
  const code = readFileSync(command, 'utf8').replace(/^#!.*\n/, '');
  writeFileSync(command, `#!/usr/bin/env node\n${code}`);
  chmodSync(command, 0o755);
}

/**
 * Where nothing of a chunk is used, esbuild still imports it, for the side effects that it might have. Ours have none
 * (`sideEffects` in package.json), and loading what only another command needs is most of the time that one takes to
 * start.
 */
function dropUnused(outdir) {
  const files = readdirSync(outdir, { recursive: true }).filter((file) => file.endsWith('.js'));
  for (const file of files.map((name) => join(outdir, name))) {
    const code = readFileSync(file, 'utf8');
    const kept = code.replace(/^import "\.\/(?:chunks\/)?[\w-]+\.js";\n/gm, '');
    if (kept !== code) writeFileSync(file, kept);
  }
}

/** Bundles entry points, by their names, into a folder of the tree. */
export async function bundleAll(entryPoints, outdir) {
  const esbuild = await import('esbuild');
  await esbuild.build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: EXTERNAL,
    // Its condition for Node is CommonJS, of which nothing unused can be left out.
    alias: { rxjs: './node_modules/rxjs/dist/esm/index.js' },
    banner: { js: REQUIRE },
    chunkNames: 'chunks/[name]-[hash]',
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(build);
