import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { VirtualTimeScheduler } from 'rxjs';
import { expect, it, onTestFinished } from 'vitest';
import { startDaemon } from '../../../../src/daemon/index.ts';
import { type EngineEvent, isGap } from '../../../../src/event.ts';
import { silent } from '../../../../src/log.ts';
import { DaemonState } from '../../../../src/daemon/part.ts';
import { engines } from '../../../../src/daemon/parts/engines-part.ts';
import { unixServer } from '../../../support/unix-server.ts';

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
  expect(said.filter((text) => text.startsWith(`docker (unix://${socket}): connecting`))).toHaveLength(1);
});

it('lists an engine once after a hole, and tells the states of that list', async () => {
  let epoch = 'a';
  let lists = 0;
  const streams = new Set<ServerResponse>();
  const event = (id: string): string =>
    JSON.stringify({
      ...{ Type: 'container', Action: 'start', timeNano: Number(id) * 1e9 },
      Actor: { ID: `${epoch}${id}`, Attributes: { name: `${epoch}${id}` } },
    });
  await using docker = await unixServer(({ url = '' }, response) => {
    response.setHeader('api-version', '1.41');
    if (url.endsWith('/info')) return response.end('{"ID":"A1"}');
    if (url.includes('/containers/json')) lists++;
    if (url.includes('/containers/json')) return response.end(`[{"Id":"${epoch}1"}]`);
    const [, id] = /\/containers\/(\w+)\/json/.exec(url) ?? [];
    if (id !== undefined) {
      return response.end(
        JSON.stringify({ Id: id, Name: `/${id}`, State: { Status: 'running', Pid: 7 }, Config: {} }),
      );
    }
    if (!url.includes('/events')) return response.end('OK');
    response.write(event('1'));
    if (url.includes('until')) return response.end();
    streams.add(response);
    return response;
  });
  const stateDir = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const daemon = await startDaemon({ stateDir, engines: [`docker=${docker.endpoint}`] });
  onTestFinished(() => daemon.close());
  const seen: EngineEvent[] = [];
  daemon.collector.events({ since: 0n }).subscribe((each) => seen.push(each));
  const connected = (reconnects: number): Promise<void> =>
    expect
      .poll(() => daemon.engines()[0])
      .toMatchObject({ state: 'connected', ...(reconnects === 0 ? {} : { reconnects }) });
  const states = (): string[] => [...daemon.containers.states].map(({ id, state }) => `${id} ${state}`);
  await connected(0);
  await expect.poll(states).toEqual(['a1 running']);
  await expect.poll(() => lists).toBe(1);

  epoch = 'b';
  for (const stream of streams) stream.destroy();
  await connected(1);
  await expect.poll(states).toEqual(['a1 removed', 'b1 running']);
  expect(seen.filter(isGap)).toHaveLength(1);
  expect(
    seen.filter(({ attributes }) => attributes['reconciled']).map(({ id, action }) => `${id} ${action}`),
  ).toEqual(['a1 die', 'a1 destroy']);
  // Both, the events and the states, come from one list.
  expect(lists).toBe(2);
});
