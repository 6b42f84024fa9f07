import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../../src/collector/collector.ts';
import type { Log } from '../../../../src/log.ts';
import { silent } from '../../../../src/log.ts';
import { CONTAINER_STATES, IMAGE_STATES } from '../../../../src/monitor/state-codes.ts';
import { event, events } from '../../../support/events.ts';
import { serveHttp } from '../../../support/http-server.ts';
import { findTool } from '../../../support/tools.ts';
import { ask } from '../../../support/unix-http.ts';

const podman = findTool('podman');

/** Runs podman as a client of a server; its end with a panic is an error here. */
async function podmanEvents(endpoint: string, ...args: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(podman as string, ['--url', endpoint, 'events', ...args]);
  return stdout.split('\n').slice(0, -1);
}

const EVENTS = '/v4.3.1/libpod/events';

const held = (...parts: Parameters<typeof event>[0][]): Collector => {
  const collector = createCollector();
  collector.append(parts.map((each) => event(each)));
  return collector;
};

describe("podman's API", () => {
  it('is answered to a ping', async () => {
    await using server = await serveHttp(held());
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await ask(server.socket, method, '/v5.2.1/libpod/_ping');
      expect([status, headers['libpod-api-version']]).toEqual([200, '4.3.1']);
    }
  });

  it('leaves out what podman has no word for, and says so once', async () => {
    const said: unknown[] = [];
    const log: Log = { ...silent, info: (fields) => said.push(fields) };
    const collector = held({ action: 'oom' }, { action: 'start' }, { action: 'oom' }, { type: 'secret' });
    await using server = await serveHttp(collector, { log });
    for (let i = 0; i < 2; i++) {
      const { status, body } = await ask(server.socket, 'GET', `${EVENTS}?stream=false`);
      expect([status, body.match(/"Action":"\w+"/g)]).toEqual([200, ['"Action":"start"']]);
    }
    expect(said).toEqual([
      { type: 'container', action: 'oom' },
      { type: 'secret', action: 'start' },
    ]);
  });

  it('sends an empty answer whole when there is nothing for podman', async () => {
    await using server = await serveHttp(held({ action: 'oom' }));
    expect(await ask(server.socket, 'GET', `${EVENTS}?stream=false`)).toMatchObject({
      status: 200,
      body: '',
    });
  });

  it.each([
    ['filters={"colour":["red"]}', '"colour" is an invalid filter'],
    ['since=x', "parameter 'since': invalid time"],
    ['since=2&until=1', "'since' time cannot be after 'until' time"],
  ])('refuses %s', async (query, message) => {
    await using server = await serveHttp(held());
    const { status, body } = await ask(server.socket, 'GET', `${EVENTS}?${query}`);
    expect([status, (JSON.parse(body) as { message: string }).message]).toEqual([
      400,
      expect.stringContaining(message),
    ]);
  });

  it('changes nothing', async () => {
    await using server = await serveHttp(held());
    expect(await ask(server.socket, 'POST', '/v4.3.1/libpod/containers/web/stop')).toMatchObject({
      status: 404,
      body: expect.stringContaining(' is not served: tidings serves the events of containers') as string,
    });
  });
});

describe.skipIf(podman === undefined)('podman --url', () => {
  it('prints events of other engines as its own', async () => {
    const collector = held(
      {
        id: 'c1',
        name: 'web',
        attributes: { image: 'busybox', tier: 'front' },
        timeNano: 1_652_174_434_661_862_100n,
      },
      { id: 'c1', name: 'web', action: 'die', attributes: { image: 'busybox', exitCode: '137' } },
      { type: 'volume', action: 'destroy', id: 'data', name: undefined },
      { type: 'image', action: 'pull', id: 'busybox:latest', name: 'busybox:latest' },
      { type: 'network', action: 'connect', id: 'n1', name: 'none', attributes: { container: 'c1' } },
    );
    await using server = await serveHttp(collector);
    const args = ['--stream=false', '--since', '0', '--format', 'json'];
    const printed = await podmanEvents(server.endpoint, ...args);
    const labels = { Attributes: { podId: '' } };
    expect(printed.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        ...{ ID: 'c1', Image: 'busybox', Name: 'web', Status: 'start', Type: 'container' },
        Time: expect.stringMatching(/^2022-05-10T.*:34\.6618621/),
        Attributes: { podId: '', tier: 'front' },
      },
      {
        ...{
          ContainerExitCode: 137,
          ID: 'c1',
          Image: 'busybox',
          Name: 'web',
          Status: 'died',
          Type: 'container',
        },
        Time: expect.any(String),
        ...labels,
      },
      { Name: 'data', Status: 'remove', Time: expect.any(String), Type: 'volume', ...labels },
      expect.objectContaining({ Status: 'pull', Type: 'image', Name: 'busybox:latest' }),
      expect.objectContaining({
        Status: 'connect',
        Type: 'network',
        ID: 'c1',
        Attributes: { container: 'c1', podId: '' },
      }),
    ]);
    const text = await podmanEvents(
      server.endpoint,
      '--stream=false',
      '--since',
      '0',
      '--filter',
      'event=died',
    );
    expect(text).toEqual([expect.stringMatching(/ container died c1 \(image=busybox, name=web, podId=\)$/)]);
  });

  it('survives every action of tidings, of every type', async () => {
    const types =
      'builder config container daemon image network node plugin pod secret service volume system'.split(' ');
    const words = [
      ...[...CONTAINER_STATES, ...IMAGE_STATES],
      ...'attach commit connect copy create delete destroy detach die disable disconnect exec_create: a'.split(
        ' ',
      ),
      ...'exec_detach exec_die exec_start export gap import kill load mount oom pause prune pull push'.split(
        ' ',
      ),
      ...'reload remove rename restart save start stop tag top unmount unpause untag update'.split(' '),
      'health_status: healthy',
      'exec_start: sh -c "ls\nls"',
    ];
    const all = types.flatMap((type) =>
      words.map((action) => ({ type, action, attributes: { exitCode: 'x' } })),
    );
    await using server = await serveHttp(held(...all));
    const printed = await podmanEvents(
      server.endpoint,
      '--stream=false',
      '--format',
      '{{.Type}} {{.Status}}',
    );
    expect(printed.length).toBeGreaterThan(100);
    expect(printed).toContain('container died');
    expect(printed).toContain('network connect');
  });

  it('follows what comes up to an until', async () => {
    const collector = createCollector();
    collector.append(events(2));
    await using server = await serveHttp(collector);
    const printing = podmanEvents(server.endpoint, '--until', '1s', '--format', '{{.ID}}');
    await expect.poll(() => collector.status.subscriptions).toBe(1);
    collector.append([event({ id: 'live', timeNano: BigInt(Date.now()) * 1_000_000n })]);
    expect(await printing).toEqual(['e0', 'e1', 'live']);
  });

  // Now and then podman sees the end of the answer before its own error, and ends with 0 and no
  // events.
  it('ends with an error, and no panic, when it is refused', { retry: 5 }, async () => {
    await using server = await serveHttp(held(), { maxSubscriptions: 0 });
    for (const args of [['--filter', 'colour=red'], ['--since', 'x'], []]) {
      await expect(podmanEvents(server.endpoint, ...args)).rejects.toMatchObject({
        code: 125,
        stderr: expect.stringMatching(/^Error: unable to decode event response: /),
      });
    }
  });
});
