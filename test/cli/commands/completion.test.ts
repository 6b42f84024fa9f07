/** Completions, as the shells themselves get them. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Daemon, startDaemon } from '../../../src/index.ts';
import { cli } from '../../support/cli.ts';
import { event } from '../../support/events.ts';
import { findTool } from '../../support/tools.ts';

const tidings = cli();
const directory = mkdtempSync('/tmp/td-');
const stateDir = join(directory, 'state');
const bin = join(directory, 'bin');
const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: directory, TIDINGS_STATE_DIR: stateDir };
let daemon: Daemon;

beforeAll(async () => {
  mkdirSync(bin);
  symlinkSync(tidings.path(), join(bin, 'tidings'));
  daemon = await startDaemon({ stateDir, engines: ['none'] });
  const source = { engine: 'docker', endpoint: 'unix:///d' };
  const names = ['web-1', 'web-2', '$(touch x)', 'a b'];
  daemon.collector.append(
    names.map((name, i) => event({ id: String(i).repeat(64), name, action: 'start', source })),
  );
});
afterAll(async () => {
  await daemon.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs a shell; the daemon is in this process, and answers meanwhile. */
const run = async (file: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
  await promisify(execFile)(file, args, { env, encoding: 'utf8' });

/** Expected words of completions. */
const CASES: readonly (readonly [line: string, words: readonly string[]])[] = [
  ['tidings ev', ['events']],
  ['tidings events --the', ['--theme']],
  ['tidings events --theme ', ['auto', 'dark', 'light']],
  ['tidings events --since 1h -o js', ['json']],
  ['tidings wait w', ['web-1', 'web-2']],
  ['tidings ps -n ', ['web-1', 'web-2']],
  ['tidings journal ver', ['verify']],
  ['tidings completion ', ['bash', 'zsh', 'fish']],
];

const bash = findTool('bash');
const zsh = findTool('zsh');
const fish = findTool('fish');

describe.skipIf(bash === undefined)('bash', () => {
  async function ask(line: string): Promise<string[]> {
    const script = `source <(tidings completion bash)
      COMP_LINE="$1"; COMP_POINT=\${#1}; _tidings; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await run(bash as string, ['-c', script, 'bash', line]);
    return stdout.split('\n').filter((word) => word !== '');
  }

  it.each(CASES)('completes %j', async (line, words) =>
    expect((await ask(line)).sort()).toEqual([...words].sort()),
  );

  it('completes what is behind an equals sign, where bash begins a word', async () => {
    expect(await ask('tidings events -f event=di')).toContain('die');
  });
});

describe.skipIf(zsh === undefined)('zsh', () => {
  it.each(CASES)('completes %j', async (line, words) => {
    // The steps of zsh at the prompt; its function that takes the words only prints them.
    const script = `compdef() { : }; compadd() { shift 4; print -rl -- "$@" }; _files() { : }
      eval "$(tidings completion zsh)"
      words=("\${(@s: :)1}"); CURRENT=\${#words}; _tidings`;
    const { stdout } = await run(zsh as string, ['-fc', script, 'zsh', line]);
    expect(
      stdout
        .split('\n')
        .filter((word) => word !== '')
        .sort(),
    ).toEqual([...words].sort());
  });
});

describe.skipIf(fish === undefined)('fish', () => {
  it.each(CASES)('completes %j', async (line, words) => {
    const script = join(directory, 'tidings.fish');
    writeFileSync(script, (await run(join(bin, 'tidings'), ['completion', 'fish'])).stdout);
    const command = `source ${script}; complete -C ${JSON.stringify(line)}`;
    const { stdout, stderr } = await run(fish as string, ['--no-config', '-c', command]);
    expect(stderr).toBe('');
    const found = stdout.split('\n').filter((word) => word !== '');
    expect(found.map((word) => word.replace(/\t.*/, '')).sort()).toEqual([...words].sort());
  });
});
