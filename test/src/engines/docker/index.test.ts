import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { docker, followDocker } from '../../../../src/engines/docker/index.ts';
import type { EngineStatus } from '../../../../src/engines/engine.ts';
import type { IncomingEvent } from '../../../../src/event.ts';
import { record, type Recording } from '../../../support/record.ts';
import { unixServer } from '../../../support/unix-server.ts';

/** Follows an endpoint until the test ends. */
function following(
  endpoint: string,
  options: Parameters<typeof followDocker>[0] = {},
): Recording<IncomingEvent> {
  const recording = record(followDocker({ endpoint, ...options }));
  onTestFinished(() => recording.subscription.unsubscribe());
  return recording;
}

describe('followDocker without a Docker', () => {
  /** The first report of another state than `connecting`. */
  const firstReport = async (endpoint: string): Promise<EngineStatus> =>
    await new Promise((resolve) => {
      following(endpoint, {
        onStatus: (status) => (status.state === 'connecting' ? undefined : resolve(status)),
      });
    });

  it('throws at the call if the endpoint is invalid', () => {
    expect(() => followDocker({ endpoint: 'npipe:////./pipe/d' })).toThrow(/npipe:\/\/ is not supported/);
  });

  it('says that there is no such socket', async () => {
    await expect(firstReport('unix:///nowhere/docker.sock')).resolves.toEqual({
      source: { engine: 'docker', endpoint: 'unix:///nowhere/docker.sock' },
      state: 'absent',
      detail: 'there is no such socket',
      version: undefined,
      clockDifference: undefined,
      clock: undefined,
    });
  });

  it('reports a missing listener', async () => {
    await expect(firstReport('unix:///dev/null')).resolves.toMatchObject({
      state: 'absent',
      detail: 'no process listens on that socket',
    });
  });

  it('says once that something else answers, and tries again and again', async () => {
    let asked = 0;
    let done = (): void => {};
    const askedAgain = new Promise<void>((resolve) => (done = resolve));
    await using server = await unixServer((_, response) => {
      if (++asked === 3) done();
      response.writeHead(502).end('<html>\u001b]0;bad gateway');
    });
    const states: EngineStatus[] = [];
    following(server.endpoint, { onStatus: (status) => states.push(status) });
    await askedAgain;
    expect(states.map(({ state, detail }) => `${state}: ${detail}`)).toEqual([
      'connecting: no answer yet',
      'retrying: it answers 502: <html> ]0;bad gateway',
    ]);
  });
});

describe('detecting Docker', () => {
  it('finds the sockets that are there: DOCKER_HOST first, then the rootless one', async () => {
    const directory = mkdtempSync('/tmp/td-');
    const servers = ['a.sock', 'docker.sock'].map((name) => createServer().listen(join(directory, name)));
    await Promise.all(servers.map((server) => new Promise((resolve) => server.on('listening', resolve))));
    const environment = { DOCKER_HOST: `unix://${directory}/a.sock`, XDG_RUNTIME_DIR: directory };
    const found = docker.detect(environment).filter((endpoint) => endpoint.includes(directory));
    expect(found).toEqual([`unix://${directory}/a.sock`, `unix://${directory}/docker.sock`]);
    for (const server of servers) server.close();
    rmSync(directory, { recursive: true });
    expect(docker.detect(environment).filter((endpoint) => endpoint.includes(directory))).toEqual([]);
    expect(docker.detect({ DOCKER_HOST: 'tcp://10.0.0.1:2375' })).toEqual([
      'tcp://10.0.0.1:2375',
      ...docker.detect({}),
    ]);
  });
});
