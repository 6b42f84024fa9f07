import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { program, results } from '../support/every-operator.ts';
import { findTool } from '../support/tools.ts';

const chromium = findTool('chromium');

describe.skipIf(chromium === undefined)('tidings/operators in Chromium', () => {
  it('gives the results that it gives in Node', { timeout: 60_000 }, async () => {
    const directory = mkdtempSync('/tmp/td-');
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const file = join(directory, 'page.html');
    const { code } = await bundle(program);
    const show = 'document.body.textContent = JSON.stringify(result)';
    writeFileSync(file, `<body><script>${code}</script><script>${show}</script></body>`);
    const { stdout } = await promisify(execFile)(chromium ?? '', [
      ...['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${directory}/profile`],
      ...['--dump-dom', `file://${file}`],
    ]);
    expect(JSON.parse(/<body>(.*?)\n?<\/body>/s.exec(stdout)?.[1] ?? '')).toEqual(results);
  });
});
