import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { acquireLock, LockError } from '../../src/lock.ts';
import { otherProcess, type OtherProcess } from '../support/other-process.ts';
import { stateDirectory } from '../support/state-directory.ts';

/** Another process that takes the lock and keeps it until it is killed. */
function holder(directory: string): Promise<OtherProcess> {
  const code = `
    import { acquireLock } from './src/lock.ts';
    acquireLock(process.argv[2]).then(() => console.log('held'));
    process.stdin.resume();`;
  return otherProcess(code, directory);
}

describe('a lock', () => {
  it('is held by one, who is named to others, until it is released', async () => {
    const directory = stateDirectory();
    const lock = await acquireLock(directory);
    const [name = ''] = readdirSync(directory);
    expect((statSync(join(directory, name)).mode & 0o777).toString(8)).toBe('660');
    const error = await acquireLock(directory).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(LockError);
    expect(error).toMatchObject({ code: 'held', holder: { pid: process.pid } });
    expect((error as Error).message).toMatch(
      new RegExp(`^${directory} is in use by process ${process.pid} \\(".*", since \\d{4}-.*Z\\): stop that`),
    );
    lock.release();
    lock.release();
    expect(readdirSync(directory)).toEqual([]);
    (await acquireLock(directory)).release();
  });

  it('is free once a process was killed that held it', async () => {
    const directory = stateDirectory();
    const { pid, kill } = await holder(directory);
    await expect(acquireLock(directory)).rejects.toMatchObject({ code: 'held', holder: { pid } });
    await kill();
    expect(readdirSync(directory)).toHaveLength(1);
    const lock = await acquireLock(directory);
    expect(readdirSync(directory)).toEqual([expect.stringMatching(`^lock-${process.pid}-`)]);
    lock.release();
  });

  it('is held by a process that is stopped', async () => {
    const directory = stateDirectory();
    const { pid, stop } = await holder(directory);
    stop();
    await expect(acquireLock(directory)).rejects.toMatchObject({ code: 'held', holder: { pid } });
  });

  it('goes to exactly one of many that want it at once', async () => {
    const directory = stateDirectory();
    for (let round = 0; round < 10; round++) {
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(directory)));
      const locks = results.filter((result) => result.status === 'fulfilled');
      expect(locks).toHaveLength(1);
      for (const { value } of locks) value.release();
      expect(readdirSync(directory)).toEqual([]);
    }
  });

  it('can be on a directory with a path longer than a socket may have, which it makes', async () => {
    const directory = join(stateDirectory(), 'x'.repeat(120), 'y');
    const lock = await acquireLock(directory);
    await expect(acquireLock(directory)).rejects.toMatchObject({
      code: 'held',
      holder: { pid: process.pid },
    });
    lock.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is not impressed by a holder that answers nonsense', async () => {
    const directory = stateDirectory();
    const server = createServer((socket) => socket.end('nonsense')).listen(
      join(directory, 'lock-1-00000000'),
    );
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    await expect(acquireLock(directory)).rejects.toMatchObject({
      holder: { pid: 1 },
      message: expect.stringContaining('process 1 (it does not say more)'),
    });
  });

  it('names what is in the way of its directory', async () => {
    await expect(acquireLock('/dev/null/x')).rejects.toMatchObject({
      code: 'unusable',
      message: expect.stringContaining('/dev/null/x is not a directory'),
    });
  });
});
