/** The types of the packed product, as other compilers and resolvers see them. */
import { execFile } from 'node:child_process';
import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { packed } from '../support/packed.ts';
import { toolFolder } from '../support/tool-folder.ts';
import { root } from '../support/tree.ts';

const project = packed();
let tools: string | undefined;

beforeAll(() => {
  tools = toolFolder('types');
}, 300_000);
beforeEach((context) => context.skip(tools === undefined, 'tools/types cannot be installed'));

/** Runs a tool; resolves with its exit code and all that it prints. */
async function run(path: string, ...args: string[]): Promise<{ code: unknown; printed: string }> {
  const command = [join(tools ?? '', 'node_modules', path), ...args];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: project().directory });
    return { code: 0, printed: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as Record<'code' | 'stdout' | 'stderr', string>;
    return { code, printed: stdout + stderr };
  }
}

it('attw finds no fault in the package', { timeout: 300_000 }, async () => {
  const attw = '@arethetypeswrong/cli/dist/index.js';
  const { code, printed } = await run(attw, project().tarball, '--profile', 'esm-only', '--no-emoji');
  expect({ code, printed }).toEqual({ code: 0, printed: expect.any(String) });
  for (const entry of ['"tidings"', '"tidings/operators"', '"tidings/engine"', '"tidings/journal"'])
    expect(printed).toContain(entry);
});

it('TypeScript 5.6 accepts the types, and every use of them', { timeout: 300_000 }, async () => {
  const { directory } = project();
  copyFileSync(join(root, 'test/types/library.ts'), join(directory, 'library.ts'));
  symlinkSync(join(root, 'node_modules/@types'), join(directory, 'node_modules/@types'));
  const compilerOptions = {
    ...{ target: 'es2022', lib: ['es2022', 'esnext.disposable'], module: 'nodenext', types: ['node'] },
    ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false },
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['library.ts'] }));
  const tsc = 'typescript/bin/tsc';
  expect(await run(tsc, '--version')).toMatchObject({ printed: expect.stringMatching(/^Version 5\.6\./) });
  expect(await run(tsc, '-p', directory)).toEqual({ code: 0, printed: '' });
});
