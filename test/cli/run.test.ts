import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commands } from '../../cli/commands/index.ts';
import { version } from '../../src/index.ts';
import { cli } from '../support/cli.ts';

const tidings = cli();

describe('tidings', () => {
  it.each(['--version', '-V'])('%s is the version of the package', async (flag) => {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(version).toBe(manifest.version);
    expect(await tidings([flag]).finished).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('version is a command too', async () => {
    expect(await tidings(['version']).finished).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('--help lists every command', async () => {
    const { code, stdout, stderr } = await tidings(['--help']).finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name, summary } of commands)
      expect(stdout).toMatch(new RegExp(`^  ${name} .*${summary}$`, 'm'));
  });

  it.each([
    ['send', 'container'],
    ['send', 'image'],
    ['journal', 'info'],
    ['journal', 'prune'],
    ['rules', 'check'],
    ['config', 'show'],
  ])('help %s %s is its --help, with its options', async (...names) => {
    const help = await tidings(['help', ...names]).finished;
    expect(help).toEqual(await tidings([...names, '--help']).finished);
    expect(help.stdout).toMatch(new RegExp(`^Usage: tidings ${names.join(' ')} `));
  });

  it.each([
    ['help nosuch', "tidings: unknown command 'nosuch': 'tidings help' lists the commands\n"],
    [
      'help journal nosuch',
      "tidings: unknown command 'journal nosuch': 'tidings help journal' lists the commands\n",
    ],
  ])('%s names the commands', async (words, stderr) => {
    expect(await tidings(words.split(' ')).finished).toEqual({ code: 64, stdout: '', stderr });
  });

  it.each(commands.map(({ name }) => name))('help %s is its --help, with examples', async (name) => {
    const help = await tidings(['help', name]).finished;
    expect(help).toEqual(await tidings([name, '--help']).finished);
    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('Examples:\n') });
  });

  it.each([
    [[], 'Usage: tidings'],
    [['evnts'], "unknown command 'evnts'\n(Did you mean events?)"],
    [['--state-dir', '/x'], "unknown option '--state-dir'"],
    [['events', '--sinc', '1m'], "unknown option '--sinc'\n(Did you mean --since?)"],
    [['events', '-n'], "option '-n, --name <name>' argument missing"],
    [['rules', 'check', 'a', 'b'], 'too many arguments'],
  ])('%j is a mistake', async (args, message) => {
    const { code, stdout, stderr } = await tidings(args).finished;
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain(message);
  });
});
