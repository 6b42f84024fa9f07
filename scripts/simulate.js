/**
 * `npm run simulate -- [--seeds N] [--seed N] [--minutes M] [--jobs N] [--resume FILE] …`: bundles the product with the
 * simulated machine in place of Node's globals and modules, and runs seeds. `--breakages [SEEDS] [NAME]` breaks the product
 * first, in each known way. See docs/reliability.md.
 */
import { fork } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { main, root } from './root.js';

const simulation = join(root, 'test/simulation');

/** Modules of Node that simulated code gets from the machine: the file, and the name of its export. */
const MODULES = {
  fs: ['fs', 'fake'],
  'fs/promises': ['fs', 'fakePromises'],
  http: ['http', 'fake'],
  net: ['fifo', 'fakeNet'],
  zlib: ['others', 'fakeZlib'],
  crypto: ['others', 'fakeCrypto'],
  'timers/promises': ['others', 'fakeTimers'],
  child_process: ['others', 'fakeNothing'],
};

/** Functions and classes of the product that speak to the system in other ways: see `stand-ins/`. */
const STAND_INS = {
  'src/delivery/http-post.ts': ['HttpClient'],
  'src/lock.ts': ['acquireLock'],
  'src/trust.ts': ['readTrusted'],
  'src/monitor/fifo.ts': ['openFifo', 'removeFifo'],
  'src/server/http/listen.ts': ['listenHttp'],
  'src/server/isulad/index.ts': ['listenIsulad'],
};

/** Variables of modules that are state of a process: their values, and those that each simulated process has for itself. */
const OWN = {
  'operators/clock-watch.ts': ['new WeakMap<SchedulerLike, ClockWatch>()', 'ownMap()'],
  'src/clock.ts': ['= createClock()', '= ownClock(() => createClock())'],
};

/**
 * Bundles the simulation.
 *
 * @param edits texts of the product that are replaced, to break it: `[{ file, from, to }]`
 * @returns the path of the bundle
 */
export async function bundleSimulation(outfile, edits = [], entry = 'main') {
  const { build } = await import('esbuild');
  mkdirSync(join(outfile, '..'), { recursive: true });
  await build({
    entryPoints: [join(simulation, `${entry}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    inject: [join(simulation, 'machine/globals.ts')],
    define: { 'Math.random': 'simulatedRandom' },
    alias: { rxjs: join(root, 'node_modules/rxjs/dist/esm/index.js') },
    // Packages of forwarders and the fleet, which load them when they begin: none begins here.
    external: ['mqtt', '@nats-io/*'],
    // Packages that are CommonJS ask for Node's modules.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    plugins: [machine(edits)],
  });
  return outfile;
}

function machine(edits) {
  const left = new Set(edits);
  return {
    name: 'machine',
    setup(build) {
      const isSimulated = (importer) => /^(src|operators|cli)\//.test(relative(root, importer));
      build.onResolve({ filter: /^node:/ }, ({ path, importer }) =>
        isSimulated(importer) && MODULES[path.slice(5)] !== undefined
          ? { path: path.slice(5), namespace: 'machine' }
          : { path, external: true },
      );
      build.onLoad({ filter: /.*/, namespace: 'machine' }, async ({ path }) => {
        const [file, name] = MODULES[path];
        const module = await import(`node:${path}`);
        const names = Object.keys(module).filter((key) => key !== 'default');
        const lines = names.map((key) => `export const ${key} = of('${key}');`);
        const contents = [
          `import { ${name} as fake } from './${file}.ts';`,
          `const of = (key) => fake[key] ?? (() => { throw new Error('node:${path} has no simulated ' + key); });`,
          `export default new Proxy({}, { get: (_, key) => of(key) });`,
          ...lines,
        ].join('\n');
        return { contents, resolveDir: join(simulation, 'machine'), loader: 'js' };
      });
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = relative(root, path);
        if (!isSimulated(path)) return undefined;
        let contents = readFileSync(path, 'utf8');
        for (const edit of edits.filter((each) => each.file === file)) {
          if (!contents.includes(edit.from))
            throw new Error(`${file} has no text ${JSON.stringify(edit.from)}`);
          contents = contents.replace(edit.from, edit.to);
          left.delete(edit);
        }
        for (const name of STAND_INS[file] ?? []) {
          const declared = new RegExp(`^export (async function|function|class) ${name}\\b`, 'm');
          if (!declared.test(contents)) throw new Error(`${file} declares no ${name}`);
          const from = relative(join(path, '..'), join(simulation, 'stand-ins/parts.ts'));
          contents = contents.replace(declared, `$1 replaced_${name}`);
          contents += `\nexport { ${name} } from './${from}';\n`;
        }
        if (OWN[file] !== undefined) {
          const [value, own] = OWN[file];
          if (!contents.includes(value)) throw new Error(`${file} has no text ${value}`);
          contents = contents.replace(value, own);
          const from = relative(join(path, '..'), join(simulation, 'machine/own.ts'));
          contents += `\nimport { ${own.match(/own\w+/)[0]} } from './${from}';\n`;
        }
        return { contents, loader: 'ts' };
      });
      build.onEnd(() => {
        for (const { file } of left) throw new Error(`${file} is not part of the simulation`);
      });
    },
  };
}

/** Breaks the product in each of the known ways, and prints which seed finds it. */
async function findBreakages({ BREAKAGES }, count, only) {
  let found = 0;
  const some = BREAKAGES.filter(({ name }) => only === undefined || name.includes(only));
  for (const [i, { name, mended, ...edit }] of some.entries()) {
    const outfile = await bundleSimulation(join(root, `dist/simulate/broken-${i}.js`), [edit]);
    const { find } = await import(pathToFileURL(outfile).href);
    const failure = await find(count);
    if (failure !== undefined) found++;
    const by =
      failure === undefined ? `not found by ${count} seeds` : `seed ${failure.seed}: ${failure.invariant}`;
    process.stdout.write(`${name}${mended === undefined ? '' : ` (${mended})`}: ${by}\n`);
  }
  process.stdout.write(`${found} of ${some.length} found\n`);
  return found === some.length ? 0 : 1;
}

/** Processes that run seeds, each with the same bundle. */
function poolOf(bundle, jobs) {
  const free = Array.from({ length: jobs }, () => fork(fileURLToPath(import.meta.url), ['--worker', bundle]));
  const all = [...free];
  return {
    run: async (plan) => {
      const child = free.pop();
      const outcome = await new Promise((resolve, reject) => {
        const onExit = (code) => reject(new Error(`the process of seed ${plan.seed} ended: ${code}`));
        child.once('exit', onExit);
        child.once('message', (message) => {
          child.off('exit', onExit);
          resolve(message);
        });
        child.send(plan);
      });
      free.push(child);
      return outcome;
    },
    close: () => {
      for (const child of all) child.disconnect();
    },
  };
}

/** Reads the outcomes that a file has, one on each line; more are added to it. */
function resumeFrom(file) {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  // The last line may be cut.
  const had = lines.flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
  return { had, note: (outcome) => appendFileSync(file, `${JSON.stringify(outcome)}\n`) };
}

async function work(bundle) {
  const { one } = await import(pathToFileURL(bundle).href);
  process.on('message', async (plan) => process.send(await one(plan)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    const args = process.argv.slice(2);
    if (args[0] === '--worker') return await work(args[1]);
    const bundle = await bundleSimulation(join(root, `dist/simulate/main-${process.pid}.js`));
    process.on('exit', () => rmSync(bundle, { force: true }));
    const simulation = await import(pathToFileURL(bundle).href);
    if (args[0] === '--breakages') {
      process.exitCode = await findBreakages(simulation, Number(args[1] ?? 100), args[2]);
      return;
    }
    const pool = (jobs) => poolOf(bundle, jobs);
    process.exitCode = await simulation.command(args, { pool, resume: resumeFrom });
  });
}
