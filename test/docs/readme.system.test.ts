import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cli } from '../support/cli.ts';
import { findTool } from '../support/tools.ts';
import { root } from '../support/tree.ts';

const page = readFileSync(join(root, 'README.md'), 'utf8');
const tidings = cli();

/** The blocks of the page in a language. */
function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  );
}

/** `$ command` lines, each with its output. */
function commandsOf(block: string): { command: string; printed: string }[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...printed] = part.split('\n');
      return { command, printed: printed.join('\n').trimEnd() };
    });
}

/** Replaces the parts that differ between runs. */
function settled(text: string): string {
  return text
    .trimEnd()
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'UTC')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d/g, 'LOCAL')
    .replace(/\d\d:\d\d:\d\d\.\d+/g, 'CLOCK')
    .replace(/"timeNano":"?\d+"?/g, '"timeNano":N')
    .replace(/"time":\d+/g, '"time":N')
    .replace(/[0-9a-z]{8,16}:(\d+)\.[0-9a-z]{2}/g, 'EPOCH:$1')
    .replace(/fifo:\/\/[^"]+/g, 'FIFO');
}

describe('README.md', () => {
  it.skipIf(findTool('curl') === undefined)(
    'shows what its commands print',
    { timeout: 300_000 },
    async () => {
      const home = mkdtempSync('/tmp/td-');
      onTestFinished(() => rmSync(home, { recursive: true, force: true }));
      const state = join(home, 'state');
      const daemon = tidings(['serve', '--state-dir', state, '--engine', 'none']);
      await daemon.until(/"msg":"ready"/, 'stderr');
      // Installed as the page says, for this test alone.
      const prefix = join(home, 'prefix');
      const npm = spawnSync('npm', ['install', '-g', '.', '--prefix', prefix, '--no-audit', '--no-fund'], {
        cwd: root,
        encoding: 'utf8',
      });
      expect(page).toContain('```sh\nnpm install -g .\n```');
      expect({ status: npm.status, stderr: npm.status === 0 ? '' : npm.stderr }).toEqual({
        status: 0,
        stderr: '',
      });
      const bin = join(prefix, 'bin');
      const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: home, TZ: 'UTC', TIDINGS_STATE_DIR: state };
      const shown = blocks('console').flatMap(commandsOf);
      expect(shown.length).toBeGreaterThan(3);
      for (const { command, printed } of shown) {
        const run = command.replaceAll('/run/tidings/', `${state}/`);
        const { stdout, stderr } = spawnSync('sh', ['-c', run], { env, encoding: 'utf8' });
        expect(`$ ${command}\n${settled(stdout + stderr)}`).toBe(`$ ${command}\n${settled(printed)}`);
      }
    },
  );
});
