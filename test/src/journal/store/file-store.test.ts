/** The disk fails below a journal's files. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openFiles } from '../../../../src/journal/store/file-store.ts';
import { stateDirectory } from '../../../support/state-directory.ts';

const syncs = vi.hoisted(() => ({ fails: false, count: 0 }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const fsync = (fd: number, done: (error: Error | null) => void): void => {
    syncs.count++;
    if (syncs.fails) done(new Error('EIO'));
    else real.fsync(fd, done);
  };
  return { ...real, fsync };
});

it('syncs its directory again after a failure', async () => {
  const store = openFiles(join(stateDirectory(), 'journal'), { durability: 'fsync', readOnly: false });
  const write = async (name: string): Promise<void> =>
    await store.write([{ name, offset: 0, bytes: Buffer.from(name) }]);
  syncs.fails = true;
  await expect(write('a')).rejects.toThrow('EIO');
  syncs.fails = false;
  syncs.count = 0;
  await write('a');
  await write('a');
  expect(syncs.count).toBe(1);
  await store.close();
});
