/** The code cache of the command: used if it fits, ignored if not. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
// @ts-expect-error -- scripts are JavaScript, without types
import { writeCodeCache } from '../../scripts/code-cache.js';
import { bundledCommand } from '../support/bundled.ts';
import { folderInTree } from '../support/tree.ts';

/** Prints on stderr the chunks that are compiled from a cache, and whether V8 took it. */
const WATCH = `
const vm = require('node:vm');
const { basename } = require('node:path');
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    process.stderr.write(basename(options.filename) + ' ' + !this.cachedDataRejected + '\\n');
  }
};
`;

let made = '';
let directory = '';

beforeAll(async () => {
  made = folderInTree();
  cpSync(dirname(bundledCommand()), made, { recursive: true });
  await writeCodeCache(join(made, 'tidings.js'));
  writeFileSync(join(made, 'watch.cjs'), WATCH);
});

beforeEach(() => {
  directory = folderInTree();
  cpSync(made, directory, { recursive: true });
  return () => rmSync(directory, { recursive: true });
});

afterAll(() => rmSync(made, { recursive: true }));

/** Runs `--help`; the chunks that were compiled from a cache, by V8's verdict. */
function help(): { readonly stdout: string; readonly chunks: Readonly<Record<string, string>> } {
  const errors = join(directory, 'errors');
  const stdout = execFileSync(
    '/bin/sh',
    ['-c', '"$0" -r "$1/watch.cjs" "$1/tidings.js" --help 2>"$2"', process.execPath, directory, errors],
    { encoding: 'utf8' },
  );
  const lines = execFileSync('cat', [errors], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '');
  return { stdout, chunks: Object.fromEntries(lines.map((line) => line.split(' '))) };
}

const cachesIn = (folder: string): readonly string[] =>
  readdirSync(join(folder, 'chunks')).filter((name) => name.endsWith('.cache'));

describe('the code cache', () => {
  it('is written for the usual commands, and taken by the Node that wrote it', () => {
    expect(cachesIn(directory)).toEqual(
      expect.arrayContaining(['client.js.cache', 'common.js.cache', 'text.js.cache']),
    );
    const { stdout, chunks } = help();
    expect(stdout).toContain('Usage: tidings');
    expect(chunks).toMatchObject({ 'common.js': 'true' });
  });

  it.each([
    ['a chunk that has changed since', () => appendFileSync(join(directory, 'chunks/common.js'), '//')],
    ['a damaged cache', () => writeFileSync(join(directory, 'chunks/common.js.cache'), 'damaged')],
  ])('is rejected for %s', (_, change) => {
    const { stdout } = help();
    change();
    const after = help();
    expect(after.chunks).toMatchObject({ 'common.js': 'false' });
    expect(after.stdout).toBe(stdout);
  });

  it('is not needed', () => {
    const { stdout } = help();
    for (const name of cachesIn(directory)) rmSync(join(directory, 'chunks', name));
    expect(help()).toEqual({ stdout, chunks: {} });
  });
});
