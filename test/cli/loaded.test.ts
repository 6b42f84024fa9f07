/** Files that the command loads: they take most of its start time. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error -- scripts are JavaScript, without types
import { bundle } from '../../scripts/build.js';
import { createCollector } from '../../src/index.ts';
import { start } from '../support/cli.ts';
import { event } from '../support/events.ts';
import { type HttpServer, serveHttp } from '../support/http-server.ts';
import { folderInTree, root } from '../support/tree.ts';

/** Runs the command and writes down what it has loaded by the end, in place of it. */
const WATCH = `
const { writeFileSync } = require('node:fs');
const [, , command, file, ...args] = process.argv;
const { Segmenter } = Intl;
let segmenters = 0;
Intl.Segmenter = class extends Segmenter { constructor(...args) { super(...args); segmenters++; } };
process.argv = [process.argv[0], command, ...args];
process.on('exit', () => {
  const builtins = process.moduleLoadList.filter((name) => name.startsWith('NativeModule '));
  writeFileSync(file, JSON.stringify({ files: Object.keys(require.cache), builtins, segmenters }));
});
require(command);
`;

interface Loaded {
  readonly stdout: string;
  /** Modules that the loaded chunks were made from, and Node's own as \`NativeModule name\`. */
  readonly modules: readonly string[];
  readonly segmenters: number;
}

let directory = '';
let server: HttpServer;
const collector = createCollector();
const modulesOf = new Map<string, readonly string[]>();

beforeAll(async () => {
  directory = folderInTree();
  for (const { fileName, moduleIds } of await bundle(directory)) {
    modulesOf.set(
      join(directory, fileName),
      moduleIds.map((id: string) => relative(root, id)),
    );
  }
  writeFileSync(join(directory, 'watch.cjs'), WATCH);
  collector.append([event({ name: 'web', action: 'start' })]);
  server = await serveHttp(collector);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

async function loadedBy(...args: string[]): Promise<Loaded> {
  const file = join(directory, 'loaded.json');
  const watched = start(join(directory, 'watch.cjs'), [join(directory, 'tidings.js'), file, ...args]);
  const { stdout } = await watched.finished;
  const { files, builtins, segmenters } = JSON.parse(readFileSync(file, 'utf8'));
  return {
    stdout,
    modules: [...files.flatMap((name: string) => modulesOf.get(name) ?? []), ...builtins],
    segmenters,
  };
}

const newest = (...args: string[]): Promise<Loaded> =>
  loadedBy('events', '-H', server.endpoint, '--tail', '1', '--no-follow', ...args);

/** Most of the program, which a client of a daemon does not need. */
const HEAVY = [
  /^src\/(collector\/(?!cursor)|daemon|engines|handlers|journal|monitor|server)/,
  /^node_modules\/(zod|yaml|pino)\//,
  /^NativeModule (https|tls|crypto|child_process|worker_threads|http2|dgram|inspector)$/,
];

/** Files that only text for people needs. */
const TEXT = [/^cli\/render\/(people|colour|width)/, /^node_modules\/(chalk|string-width)\//];

const among = (modules: readonly string[], patterns: readonly RegExp[]): readonly string[] =>
  modules.filter((name) => patterns.some((pattern) => pattern.test(name)));

describe('tidings', () => {
  it('--version loads nothing', async () => {
    const { stdout, modules } = await loadedBy('--version');
    expect(stdout).toMatch(/^\d/);
    expect([...among(modules, [/^(cli|operators|src|node_modules)\//])].sort()).toEqual([
      'cli/exit.ts',
      'cli/main.ts',
      'cli/output/stdout-failure.ts',
      'src/version.ts',
    ]);
  });

  it('events -o json loads what reads a daemon, and nothing else', async () => {
    const { stdout, modules } = await newest('-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ name: 'web' });
    expect(modules).toContain('src/client/follow.ts');
    expect(among(modules, [...HEAVY, ...TEXT])).toEqual([]);
  });

  it('events as text loads that too, and no more', async () => {
    const { stdout, modules, segmenters } = await newest();
    expect(stdout).toContain('web');
    expect(modules).toContain('cli/render/people.ts');
    expect(among(modules, HEAVY)).toEqual([]);
    expect(segmenters).toBe(0);
  });

  it('events as text measures what is not ASCII', async () => {
    collector.append([event({ name: '日本', action: 'start' })]);
    const { stdout, segmenters } = await newest();
    expect(stdout).toMatch(/日本 {10}start/);
    expect(segmenters).toBeGreaterThan(0);
  });

  it('send loads no client, and nothing for people', async () => {
    const { modules } = await loadedBy('send', 'container', 'web', 'start', '--state-dir', directory);
    expect(modules).toContain('src/monitor/send.ts');
    expect(
      among(modules, [/^node_modules\/(?!commander)/, /^src\/client\/(?!endpoint)/, /^cli\/render/]),
    ).toEqual([]);
  });
});
