import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../../../src/event.ts';
import { died } from '../../../support/events.ts';
import { openSink } from '../../../support/sink.ts';
import { stateDirectory } from '../../../support/state-directory.ts';

const run = (from: number, to: number): EngineEvent[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ ...died, seq: from + i, name: `c${from + i}` }));

const linkOf = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};

const namesIn = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { name: string }).name);

describe('the file sink', () => {
  it('appends a line for each event', async () => {
    const path = join(stateDirectory(), 'out');
    using sink = openSink(`file: ${path}`);
    await expect(sink.send(run(1, 2))).resolves.toMatchObject({ result: 'done' });
    await sink.send(run(3, 3));
    expect(namesIn(path)).toEqual(['c1', 'c2', 'c3']);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    const [first = ''] = readFileSync(path, 'utf8').split('\n');
    expect(JSON.parse(first)).toMatchObject({ kind: 'event', cursor: 'k3f:1.c4', action: 'die' });
  });

  it('rotates before a file grows too large, and keeps a number of former files', async () => {
    const directory = stateDirectory();
    mkdirSync(directory, { recursive: true });
    const path = join(directory, 'out');
    using sink = openSink(`file: { path: ${path}, size: 4KiB, keep: 2 }`);
    for (let i = 0; i < 10; i++) await sink.send(run(i * 10 + 1, i * 10 + 10));
    expect(readdirSync(directory).toSorted()).toEqual(['out', 'out.1', 'out.2']);
    expect(namesIn(path).at(-1)).toBe('c100');
    expect([...namesIn(`${path}.2`), ...namesIn(`${path}.1`), ...namesIn(path)]).toEqual(
      run(71, 100).map(({ name }) => name),
    );
  });

  it('moves no more files than there are', async () => {
    const directory = stateDirectory();
    mkdirSync(directory, { recursive: true });
    const path = join(directory, 'out');
    using sink = openSink(`file: { path: ${path}, size: 4KiB, keep: 1000 }`);
    for (let i = 0; i < 4; i++) await sink.send(run(i * 10 + 1, i * 10 + 10));
    rmSync(`${path}.2`);
    for (let i = 4; i < 6; i++) await sink.send(run(i * 10 + 1, i * 10 + 10));
    expect(readdirSync(directory).toSorted()).toEqual(['out', 'out.1', 'out.2', 'out.3', 'out.4']);
    expect(namesIn(path)).toEqual(run(51, 60).map(({ name }) => name));
    expect(namesIn(`${path}.2`)).toEqual(run(31, 40).map(({ name }) => name));
    expect(namesIn(`${path}.4`)).toEqual(run(1, 10).map(({ name }) => name));
  });

  it('removes a part of a line that a killed process left', async () => {
    const path = join(stateDirectory(), 'out');
    {
      using before = openSink(`file: ${path}`);
      await before.send(run(1, 2));
    }
    appendFileSync(path, '{"kind":"event","cur'.padEnd(100_000, 'x'));
    using sink = openSink(`file: ${path}`);
    await sink.send(run(3, 3));
    expect(namesIn(path)).toEqual(['c1', 'c2', 'c3']);
  });

  it('follows its name after a rotation by others', async () => {
    const path = join(stateDirectory(), 'out');
    using sink = openSink(`file: ${path}`);
    await sink.send(run(1, 1));
    renameSync(path, `${path}.old`);
    await sink.send(run(2, 2));
    expect([namesIn(`${path}.old`), namesIn(path)]).toEqual([['c1'], ['c2']]);
  });

  it('writes one attempt at a time, and none that was given up before its turn', async () => {
    const path = join(stateDirectory(), 'out');
    const open = openSink(`file: ${path}`);
    const given: string[] = [];
    /** Starts an attempt, and gives it up after a number of turns of the event loop. */
    const givenUp = async (number: number, turns: number): Promise<void> => {
      const items = open.items(run(number, number));
      const attempt = open.sink.send(items).subscribe(() => given.push(`c${number}`));
      for (let i = 0; i < turns; i++) await new Promise(setImmediate);
      attempt.unsubscribe();
    };
    for (let i = 0; i < 30; i++) {
      await givenUp(i * 2 + 1, i % 10);
      await expect(open.send(run(i * 2 + 2, i * 2 + 2))).resolves.toMatchObject({ result: 'done' });
    }
    await open.sink.close?.();
    // Each whole line is there once, in order: those that were acknowledged, and some given up.
    const names = namesIn(path);
    expect(names).toEqual([...new Set(names)].toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1))));
    expect(names).toEqual(expect.arrayContaining(run(1, 30).map((_, i) => `c${i * 2 + 2}`)));
    expect(names).toEqual(expect.arrayContaining(given));
    expect(names).not.toContain('c1');
    const left = readdirSync('/proc/self/fd').filter((fd) => linkOf(`/proc/self/fd/${fd}`) === path);
    expect(left).toEqual([]);
  });

  it('refuses a device', async () => {
    using sink = openSink('file: /dev/full');
    await expect(sink.send(run(1, 1))).rejects.toThrow('/dev/full is not a regular file');
  });

  it('does not wait for the reader of a FIFO', async () => {
    const directory = stateDirectory();
    mkdirSync(directory, { recursive: true });
    const path = join(directory, 'fifo');
    execFileSync('mkfifo', [path]);
    using sink = openSink(`file: ${path}`);
    await expect(sink.send(run(1, 1))).rejects.toThrow(/not a regular file/);
    expect(existsSync(path)).toBe(true);
  });

  it('fails where there is no directory', async () => {
    using sink = openSink(`file: ${join(stateDirectory(), 'no/such/out')}`);
    await expect(sink.send(run(1, 1))).rejects.toThrow(/ENOENT/);
  });
});
