import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { toolFolder } from '../support/tool-folder.ts';
import { root } from '../support/tree.ts';

const pagesIn = (folder: string): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

it('docs/api holds what typedoc makes of the declarations', { timeout: 300_000 }, (context) => {
  context.skip(toolFolder('api') === undefined, 'tools/api cannot be installed');
  const directory = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const script = join(root, 'scripts/api.js');
  execFileSync(process.execPath, [script, '--out', directory], { cwd: root, stdio: 'ignore' });
  expect(pagesIn(directory)).toEqual(pagesIn(join(root, 'docs/api')));
});
