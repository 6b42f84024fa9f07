import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderInTree, root } from '../support/tree.ts';

const page = readFileSync(join(root, 'README.md'), 'utf8');

/** The programs of the page. */
const programs = [...page.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, code = '']) => code);

describe('README.md', () => {
  it.each(programs.map((code, index) => [index + 1, code] as const))(
    'has a program that prints what it says, number %i',
    (_, code) => {
      // In the tree, so that the product is found under its own name, as built.
      const directory = folderInTree();
      onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
      const file = join(directory, 'example.mjs');
      writeFileSync(file, code);
      const said = [...code.matchAll(/\/\/ prints: (.*)$/gm)].map(([, text]) => text);
      expect(said.length).toBeGreaterThan(0);
      expect(execFileSync(process.execPath, [file], { encoding: 'utf8' }).trimEnd().split('\n')).toEqual(
        said,
      );
    },
  );

  it('names pages that are there', () => {
    const paths = [...page.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, path = '']) => path);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
