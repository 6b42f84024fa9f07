import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../cli/commands/index.ts';
import { manPages } from '../../cli/man.ts';
import { findTool } from '../support/tools.ts';
import { root } from '../support/tree.ts';

const directory = mkdtempSync('/tmp/td-');
let pages: ReadonlyMap<string, string> = new Map();
beforeAll(async () => {
  pages = await manPages();
  for (const [name, text] of pages) writeFileSync(join(directory, name), text);
});
afterAll(() => rmSync(directory, { recursive: true }));

/** The page as a reader sees it. */
function shown(name: string): { readonly text: string; readonly warnings: string } {
  const env = { ...process.env, MANWIDTH: '80', LC_ALL: 'C.UTF-8', PAGER: 'cat' };
  const { stdout, stderr } = spawnSync('man', ['--warnings', '-P', 'cat', '-l', join(directory, name)], {
    encoding: 'utf8',
    env,
  });
  // oxlint-disable-next-line no-control-regex -- overstriking and colours
  return { text: stdout.replace(/.\u0008|\u001b\[[\d;]*m/g, ''), warnings: stderr };
}

describe('the manual pages', () => {
  it('are one for the program and one for each command', () => {
    const names = ['tidings.1', ...commands.map(({ name }) => `tidings-${name}.1`)];
    expect([...pages.keys()].toSorted()).toEqual(names.toSorted());
    // npm links those that package.json names.
    const { man } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { man: string[] };
    expect(man).toEqual([...pages.keys()].toSorted().map((name) => `dist/man/${name}`));
  });

  it('have sections, options and examples', () => {
    const page = pages.get('tidings-events.1') ?? '';
    for (const title of ['NAME', 'SYNOPSIS', 'ARGUMENTS', 'OPTIONS', 'EXAMPLES', 'NOTES', 'SEE ALSO']) {
      expect(page).toContain(`\n.SH ${title}\n`);
    }
    expect(page).toContain('\n.TP\n.B \\-\\-no\\-follow\n');
    expect(page).toContain('.nf\ntidings events ');
    // Those of `tidings send` have commands below them.
    expect(pages.get('tidings-send.1')).toMatch(
      /\n\.SH CONTAINER\n[^]*\\-\\-exit\\-code <n>[^]*\n\.SH IMAGE\n/,
    );
  });

  it('let no text be a request of roff', () => {
    const all = [...pages.values()].flatMap((page) => page.split('\n'));
    const requests = all.filter((line) => line.startsWith('.')).map((line) => line.split(' ')[0]);
    const known = ['TH', 'SH', 'SS', 'TP', 'PP', 'B', 'BR', 'br', 'nf', 'fi', 'nh', 'ad'].map(
      (name) => `.${name}`,
    );
    expect(known).toEqual(expect.arrayContaining([...new Set(requests)]));
    const texts = all.filter((line) => !line.startsWith('.'));
    expect(texts.filter((line) => /^'|\\(?!e|-|&|\((aq|ha|ti|ga))/.test(line))).toEqual([]);
  });

  it.skipIf(findTool('man') === undefined)('are read by man without a warning', () => {
    for (const name of pages.keys()) expect({ name, ...shown(name) }).toMatchObject({ name, warnings: '' });
    const { text } = shown('tidings-events.1');
    expect(text).toContain('--exec <command>');
    expect(text).toContain("tidings events event=die 'exitCode!=0'");
  });
});
