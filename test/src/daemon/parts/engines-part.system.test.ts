import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDaemon } from '../../../../src/daemon/index.ts';
import { dockerdAvailable, useDockerd } from '../../../support/dockerd.ts';
import { UnixProxy } from '../../../support/unix-proxy.ts';

describe.skipIf(!dockerdAvailable)('a real dockerd on its containerd', () => {
  const dockerd = useDockerd();

  it("hides its containers among containerd's once it answers, also if that is later", async () => {
    await using late = new UnixProxy(dockerd().socket);
    const stateDir = mkdtempSync('/tmp/td-');
    onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
    const below = `unix://${join(dockerd().directory, 'exec/containerd/containerd.sock')}`;
    const id = await dockerd().launch({ name: 'owned', command: ['sleep', '1000'] });
    const engines = [`containerd=${below}`, `docker=${late.endpoint}`];
    const daemon = await startDaemon({ stateDir, engines });
    onTestFinished(() => daemon.close());
    const states = (): string[] =>
      [...daemon.containers.states].map(({ engine, id: of, state }) => `${engine} ${of} ${state}`);
    await expect.poll(states, { timeout: 20_000 }).toEqual([`containerd ${id}@moby running`]);
    await late.mend();
    await expect
      .poll(states, { timeout: 20_000 })
      .toEqual([`containerd ${id}@moby removed`, `docker ${id} running`]);
  });
});
