/** Examples in docstrings, as a reader would copy them. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import * as operators from '../../operators/index.ts';
import * as tidings from '../../src/index.ts';
import { folderInTree, root } from '../support/tree.ts';

/** The code below each `@example` of a file. */
function examplesIn(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = [...text.matchAll(/^ *\* @example\n((?: *\*(?: .*)?\n)+?) *\*\/$/gm)];
  return found.map(([, lines = '']) => lines.replace(/^ *\* ?/gm, ''));
}

const files = ['src', 'operators'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

/** Declarations that a reader already has. */
const CONTEXT = `import { filter, firstValueFrom, lastValueFrom, type Observable, toArray } from 'rxjs';
import { ${Object.keys(tidings).join(', ')}, type Collector, type Daemon, type IncomingEvent } from 'tidings';
import { ${Object.keys(operators).join(', ')} } from 'tidings/operators';
declare const collector: Collector;
declare const daemon: Daemon;
declare const killed: IncomingEvent;
declare const died: IncomingEvent;
declare const events: Observable<IncomingEvent>;
declare function handle(event: IncomingEvent): Promise<void>;
`;

it('every example in a docstring compiles', () => {
  const directory = folderInTree();
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const examples = files.flatMap(examplesIn);
  expect(examples.length).toBeGreaterThan(20);
  examples.forEach((code, i) =>
    writeFileSync(
      join(directory, `example-${i}.ts`),
      `${CONTEXT}export async function example(): Promise<void> {\n${code}}\n`,
    ),
  );
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: {
      noUnusedLocals: false,
      paths: { tidings: ['../../src/index.ts'], 'tidings/operators': ['../../operators/index.ts'] },
    },
    include: ['*.ts'],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules/.bin/tsc');
  expect(spawnSync(tsc, ['-p', directory], { encoding: 'utf8' }).stdout).toBe('');
});
