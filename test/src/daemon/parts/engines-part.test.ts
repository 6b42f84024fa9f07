import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { VirtualTimeScheduler } from 'rxjs';
import { expect, it, onTestFinished } from 'vitest';
import { silent } from '../../../../src/log.ts';
import { DaemonState } from '../../../../src/daemon/part.ts';
import { engines } from '../../../../src/daemon/parts/engines-part.ts';

it('follows an engine that turns up after the daemon, once', async () => {
  const directory = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const socket = join(directory, 's');
  const said: string[] = [];
  const scheduler = new VirtualTimeScheduler();
  const daemon = new DaemonState({
    stateDir: directory,
    log: { ...silent, info: (_, text) => said.push(text) },
    env: { DOCKER_HOST: `unix://${socket}` },
    scheduler,
  });
  const after = (ms: number): void => {
    scheduler.maxFrames = ms;
    scheduler.flush();
  };
  const key = `docker unix://${socket}`;
  const stop = await engines(daemon);
  after(9_999);
  expect(daemon.engines.has(key)).toBe(false);

  const server = createServer().listen(socket);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  after(10_000);
  expect(daemon.engines.has(key)).toBe(true);
  after(20_000);
  await stop?.();
  expect(said.filter((text) => text.startsWith('docker: connecting'))).toHaveLength(1);
});
