import { execFileSync } from 'node:child_process';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { fifoPath, openFifo } from '../../../src/monitor/fifo.ts';
import { makeFifo } from '../../support/fifo.ts';
import { findTool } from '../../support/tools.ts';
import { stateDirectory } from '../../support/state-directory.ts';

const perl = findTool('perl');

afterEach(() => void vi.unstubAllEnvs());

describe.skipIf(perl === undefined)('the pipe of the FIFO', () => {
  /** `F_GETPIPE_SZ` */
  const sizeOf = (fd: number): number =>
    Number(
      execFileSync(perl as string, ['-e', 'print fcntl(STDIN, 1032, 0)'], { stdio: [fd, 'pipe', 'pipe'] }),
    );

  async function open(path: string): Promise<number> {
    const fd = await openFifo(path);
    onTestFinished(() => closeSync(fd));
    return fd;
  }

  it('has 1 MiB', async () => {
    expect(sizeOf(await open(fifoPath(stateDirectory())))).toBe(1024 * 1024);
  });

  it('has its usual size without Perl', async () => {
    const directory = stateDirectory();
    makeFifo(fifoPath(directory));
    vi.stubEnv('PATH', join(directory, 'nowhere'));
    expect(sizeOf(await open(fifoPath(directory)))).toBe(64 * 1024);
  });
});
