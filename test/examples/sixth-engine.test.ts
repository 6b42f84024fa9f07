import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { example } from '../support/example.ts';

const start = example('sixth-engine.mjs');

it('is followed, and a lost connection is a gap', async () => {
  const directory = mkdtempSync('/tmp/td-');
  const path = join(directory, 's');
  const server = createServer().listen(path);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const connected = async (): Promise<Socket> => ((await once(server, 'connection')) as [Socket])[0];
  const said = (did: string): string =>
    `${JSON.stringify({ at: 1_795_843_998.5, box: 'b1', name: 'web', did, code: 3 })}\n`;

  const first = connected();
  const running = start(`unix://${path}`);
  const socket = await first;
  socket.write(said('started'));
  await running.until(/start web/);
  const second = connected();
  socket.destroy();
  (await second).write(said('ended'));
  await running.until(/die web/);
  running.child.kill('SIGTERM');
  const { stdout } = await running.finished;
  expect(stdout).toBe('start web\ngap boxd\ndie web\n');
});
