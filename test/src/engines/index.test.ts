import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chooseEngines,
  chooseProcesses,
  detectEngines,
  engines,
  parseEngine,
} from '../../../src/engines/index.ts';

const nowhere = { XDG_RUNTIME_DIR: '/nowhere' };

describe('parseEngine', () => {
  it('reads auto and none', () => {
    expect(parseEngine('auto')).toBe('auto');
    expect(parseEngine('none')).toBe('none');
  });

  it('reads an engine with its endpoint', () => {
    const engine = engines.find(({ name }) => name === 'docker');
    const target = { engine, endpoint: 'unix:///run/a=b.sock' };
    expect(parseEngine('docker=unix:///run/a=b.sock')).toEqual(target);
    expect(parseEngine('docker=/run/a=b.sock')).toEqual(target);
  });

  it.each([
    ['dokcer', 'unknown engine "dokcer": known are auto, none, process, docker[=unix:///path/of/socket]'],
    ['', 'unknown engine "": known are auto, none'],
    ['docker=', 'invalid endpoint ""'],
    ['docker=npipe:////./pipe/d', 'npipe:// is not supported'],
    ['docker=ssh://-oProxyCommand=x', 'invalid endpoint'],
    ['docker=tcp://', 'right would be unix:///path/of/socket, tcp://host:port or ssh://'],
    [`docker=unix:///${'x'.repeat(107)}`, 'the path has 108 bytes'],
  ])('refuses %j', (text, why) => {
    expect(() => parseEngine(text, nowhere)).toThrow(RangeError);
    expect(() => parseEngine(text, nowhere)).toThrow(why);
  });
});

describe('chooseProcesses', () => {
  it.each([
    [['process'], 'asked'],
    [['auto', 'process'], 'asked'],
    [['docker', 'process'], 'asked'],
    [['docker'], undefined],
    [['none'], undefined],
  ])('of %j is %s', (texts, choice) => {
    expect(chooseProcesses(texts, nowhere)).toBe(choice);
    expect(chooseEngines(texts, nowhere).map(({ engine }) => engine.name)).not.toContain('process');
  });

  it('is for where nothing is found', () => {
    const found = detectEngines(nowhere).length > 0;
    expect(chooseProcesses([], nowhere)).toBe(found ? undefined : 'nothing found');
    expect(() => chooseProcesses(['proces'], nowhere)).toThrow('unknown engine "proces"');
  });
});

describe('the engines of this machine', () => {
  let directory: string;
  const server = createServer();
  const places = (targets: readonly { endpoint: string }[]): string[] =>
    targets.map(({ endpoint }) => endpoint).filter((endpoint) => endpoint.includes(directory));

  beforeAll(async () => {
    directory = mkdtempSync('/tmp/td-');
    await new Promise<void>((resolve) => server.listen(join(directory, 'docker.sock'), resolve));
    symlinkSync(join(directory, 'docker.sock'), join(directory, 'link.sock'));
  });

  afterAll(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  it('are each found once, whatever the paths to their sockets', () => {
    const environment = { DOCKER_HOST: `unix://${directory}/link.sock`, XDG_RUNTIME_DIR: directory };
    expect(places(detectEngines(environment))).toEqual([`unix://${directory}/link.sock`]);
    expect(places(chooseEngines([], environment))).toEqual([`unix://${directory}/link.sock`]);
    const both = ['auto', `docker=${directory}/docker.sock`, `docker=${directory}/other.sock`];
    expect(places(chooseEngines(both, environment))).toEqual([
      `unix://${directory}/link.sock`,
      `unix://${directory}/other.sock`,
    ]);
  });

  it('are where they are found, or at their usual place, when only named', () => {
    const environment = { DOCKER_HOST: `unix://${directory}/docker.sock` };
    expect(parseEngine('docker', environment)).toMatchObject({ endpoint: environment.DOCKER_HOST });
    expect(parseEngine('docker', nowhere)).toMatchObject({ endpoint: 'unix:///var/run/docker.sock' });
  });

  it('are not followed at all with none, which goes with no other', () => {
    expect(chooseEngines(['none'])).toEqual([]);
    expect(() => chooseEngines(['none', 'docker'])).toThrow('engine none excludes all others');
  });
});
