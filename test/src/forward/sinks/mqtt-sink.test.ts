import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';
import { expect, it } from 'vitest';
import { openSink } from '../../../support/sink.ts';
import { stateDirectory } from '../../../support/state-directory.ts';
import { root } from '../../../support/tree.ts';

/** Prints the reasons of two attempts. */
const PROGRAM = `
import { mqtt } from './sink.mjs';
const sink = mqtt.open(mqtt.options.parse({ url: 'mqtt://127.0.0.1:1' }), { name: 'home' });
const reasons = [];
const attempt = () => sink.send([]).subscribe({ error: ({ message }) => {
  if (reasons.push(message) < 2) attempt();
  else console.log(JSON.stringify(reasons));
} });
attempt();
`;

/** Makes Node resolve the package just after a look at a FIFO, and keep what it found. */
const AFTER_A_FIFO = `
import { statSync } from 'node:fs';
statSync(new URL('fifo', import.meta.url));
import.meta.resolve('mqtt');
statSync('/');
`;

/** The reasons of two attempts in a process whose package \`mqtt\` has that source. */
async function attemptsWith(
  source: string,
  where: 'in the bundle' | 'beside it' | 'behind a link',
): Promise<string[]> {
  const directory = stateDirectory();
  const packages = join(directory, where === 'behind a link' ? 'elsewhere' : 'node_modules');
  const folder = join(packages, 'mqtt');
  mkdirSync(folder, { recursive: true });
  if (where === 'behind a link') symlinkSync(packages, join(directory, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "mqtt", "version": "5.10.0" }');
  writeFileSync(join(folder, 'index.js'), source);
  await build({
    input: join(root, 'src/forward/sinks/mqtt-sink.ts'),
    platform: 'node',
    external: where === 'in the bundle' ? /^node:/ : /^(node:|mqtt$)/,
    resolve: where === 'in the bundle' ? { alias: { mqtt: join(folder, 'index.js') } } : {},
    output: { file: join(directory, 'sink.mjs'), format: 'esm', codeSplitting: false },
    logLevel: 'silent',
  });
  if (where === 'behind a link') {
    execFileSync('mkfifo', [join(directory, 'fifo')]);
    appendFileSync(join(directory, 'sink.mjs'), AFTER_A_FIFO);
  }
  const program = join(directory, 'program.mjs');
  writeFileSync(program, PROGRAM);
  return JSON.parse(execFileSync(process.execPath, [program], { encoding: 'utf8' })) as string[];
}

it.each(['in the bundle', 'beside it'] as const)(
  'keeps the reason why the package mqtt %s cannot be loaded',
  async (where) => {
    const source = "throw new Error('no space left'); exports.connect = () => {};";
    const [first = '', second] = await attemptsWith(source, where);
    expect(first).toMatch(
      /^the package mqtt cannot be loaded: no space left \(run npm install mqtt .*restart/,
    );
    expect(second).toBe(first);
  },
);

it('finds the function if no analysis of the source sees it', async () => {
  const source =
    'module.exports = globalThis.Object({ ["con" + "nect"]: () => { throw new Error("called"); } });';
  expect(await attemptsWith(source, 'beside it')).toEqual(['called', 'called']);
});

it('finds it although Node 20 and 22 do not follow links after a look at a FIFO', async () => {
  const source = 'exports.connect = () => { throw new Error("called"); };';
  expect(await attemptsWith(source, 'behind a link')).toEqual(['called', 'called']);
});

it('names a package without the function', async () => {
  const [first] = await attemptsWith('exports.other = 1;', 'beside it');
  expect(first).toMatch(/it has no function connect: 5\.10 or newer is needed/);
});

it('finds the real package, and reports a broker that does not listen', async () => {
  using sink = openSink("mqtt: { url: 'mqtt://127.0.0.1:1' }");
  await expect(sink.send([])).rejects.toThrow(/ECONNREFUSED/);
});
