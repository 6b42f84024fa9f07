import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { ContainerState } from '../../../../operators/container-state.ts';
import { createStateTable } from '../../../../operators/state-table.ts';
import { type Collector, createCollector } from '../../../../src/collector/collector.ts';
import { dockerClients } from '../../../support/docker-clients.ts';
import { event, events } from '../../../support/events.ts';
import { serveHttp } from '../../../support/http-server.ts';
import { ask } from '../../../support/unix-http.ts';

interface DockerEvent {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}

/** `e0` at 1 ms, `e1` at 2 ms … */
const collectorWith = (count: number): Collector => {
  const collector = createCollector();
  collector.append(events(count));
  return collector;
};

const until = (time: string | number): string => `until=${time}`;
const filters = (value: object): string => `filters=${encodeURIComponent(JSON.stringify(value))}`;

describe("Docker's API", () => {
  it('is answered to a ping', async () => {
    await using server = await serveHttp(collectorWith(0));
    for (const path of ['/_ping', '/v1.44/_ping', '/v1.51/_ping', '/v1.54/_ping']) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await ask(server.socket, method, path);
        expect(answer).toMatchObject({ status: 200, body: method === 'GET' ? 'OK' : '' });
        expect(answer.headers).toMatchObject({
          'api-version': '1.54',
          'docker-experimental': 'false',
          ostype: 'linux',
          server: 'tidings/1.2.3 (linux)',
        });
      }
    }
  });

  it('refuses versions that it does not know, in words of Docker', async () => {
    await using server = await serveHttp(collectorWith(0));
    const message = async (version: string): Promise<unknown> => {
      const { status, body } = await ask(server.socket, 'GET', `/v${version}/events?until=1`);
      return status === 200 ? body : [status, (JSON.parse(body) as { message: string }).message];
    };
    expect(await message('1.55')).toEqual([
      400,
      'client version 1.55 is too new. Maximum supported API version is 1.54',
    ]);
    expect(await message('2.0')).toEqual([400, expect.stringContaining('too new')]);
    expect(await message('1.11')).toEqual([
      400,
      'client version 1.11 is too old. Minimum supported API version is 1.12, please upgrade your client to a newer version',
    ]);
    for (const version of ['1.12', '1.24', '1.51', '1.54']) expect(await message(version)).toBe('');
  });

  it('says what it is, and which engines it follows', async () => {
    const source = { engine: 'docker', endpoint: 'unix:///run/docker.sock' };
    const engines = () => [{ source, state: 'connected', detail: '', reconnects: 0 }] as const;
    const states = (['running', 'paused', 'removed', 'running'] as const).map(
      (state, i) => ({ id: `c${i}`, state }) as ContainerState,
    );
    const containers = { cursor: '', states: createStateTable({ seed: states }) };
    await using server = await serveHttp(collectorWith(0), { engines, containers });
    const body = async (path: string): Promise<unknown> =>
      JSON.parse((await ask(server.socket, 'GET', path)).body);
    expect(await body('/v1.44/version')).toMatchObject({
      Version: '1.2.3',
      ApiVersion: '1.54',
      MinAPIVersion: '1.44',
      Os: 'linux',
    });
    expect(await body('/info')).toMatchObject({
      ServerVersion: '1.2.3',
      Labels: ['docker=unix:///run/docker.sock (connected)'],
      NEventsListener: 0,
      Containers: 3,
      ContainersRunning: 2,
      ContainersPaused: 1,
      ContainersStopped: 0,
    });
  });

  it('changes nothing', async () => {
    await using server = await serveHttp(collectorWith(0));
    for (const method of ['POST', 'DELETE', 'PUT']) {
      const { status, body } = await ask(server.socket, method, '/v1.44/containers/web/stop');
      expect([status, JSON.parse(body)]).toEqual([
        403,
        {
          message:
            '/v1.44/containers/web/stop: tidings serves events, and changes nothing: ask the engine itself',
        },
      ]);
      expect(await ask(server.socket, method, '/v1.44/images/web')).toMatchObject({
        status: 404,
        body: expect.stringContaining(' is not served: tidings serves the events of containers') as string,
      });
    }
  });
});

describe('GET /events', () => {
  const names = async (collector: Collector, query: string): Promise<string[]> => {
    await using server = await serveHttp(collector);
    const { body } = await ask(server.socket, 'GET', `/v1.44/events?${query}`);
    const lines = body.split('\n').slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as DockerEvent).Actor.Attributes['name'] as string);
  };

  it.each([
    ['both ends, which are part of it', `since=0.002&${until(0.003)}`, ['e1', 'e2']],
    ['nanoseconds', `since=0.002000001&${until('0.004')}`, ['e2', 'e3']],
    ['until alone: from the beginning', until('0.0020'), ['e0', 'e1']],
    ['other notations', 'since=1970-01-01T00:00:00.003Z&until=0.005', ['e2', 'e3', 'e4']],
    ['a list of filters', `${until(1)}&${filters({ container: ['e1', 'e3'] })}`, ['e1', 'e3']],
    ['a map of filters', `${until(1)}&${filters({ container: { e1: true, e3: true } })}`, ['e1', 'e3']],
    ['no filters', `${until('0.001')}&filters={}`, ['e0']],
  ])('takes %s', async (_, query, expected) => {
    expect(await names(collectorWith(5), query)).toEqual(expected);
  });

  it('takes filters on exit codes as the docker command writes them', async () => {
    const collector = createCollector();
    for (const code of [0, 1, 2]) {
      collector.append([event({ name: `x${code}`, action: 'die', attributes: { exitCode: String(code) } })]);
    }
    const of = (key: string): Promise<string[]> =>
      names(collector, `${until(1)}&${filters({ [key]: ['1'] })}`);
    expect(await of('exitcode')).toEqual(['x1']);
    expect(await of('exitcode!')).toEqual(['x0', 'x2']);
    // The command has cut `exitCode>=1` at its first `=`.
    expect(await of('exitcode>')).toEqual(['x1', 'x2']);
    expect(await of('exitcode<')).toEqual(['x0', 'x1']);
    expect(await of('exitCode>')).toEqual(['x2']);
  });

  it('has events of every engine in the shape of Docker', async () => {
    const collector = createCollector();
    collector.append([
      event({
        id: 'c1',
        action: 'exec_create',
        timeNano: 1_652_174_434_661_862_100n,
        attributes: { args: 'sh -c "a & b"', image: 'busybox', pid: '9007' },
        source: { engine: 'isulad' },
      }),
    ]);
    await using server = await serveHttp(collector);
    const { body, headers } = await ask(server.socket, 'GET', '/events?until=1700000000');
    const action = '"exec_create: sh -c \\"a \\u0026 b\\""';
    expect(body).toBe(
      `{"status":${action},"id":"c1","from":"busybox","Type":"container","Action":${action},` +
        '"Actor":{"ID":"c1","Attributes":{"image":"busybox","name":"web","pid":"9007"}},' +
        '"scope":"local","time":1652174434,"timeNano":1652174434661862100}\n',
    );
    expect(headers['content-type']).toBe('application/json');
  });

  it('has the shape of the version that a client asks for', async () => {
    await using server = await serveHttp(collectorWith(2));
    const bodyOf = async (path: string, headers = {}): Promise<string> =>
      (await ask(server.socket, 'GET', `${path}/events?until=1`, undefined, headers)).body;
    const plain = /^\{"Type":"container","Action":"\w+","Actor":\{"ID":"e0".*"timeNano":\d+\}\n\{"Type"/;
    for (const path of ['', '/v1.44', '/v1.51']) expect(await bodyOf(path)).toMatch(/^\{"status":/);
    for (const path of ['/v1.52', '/v1.54']) expect(await bodyOf(path)).toMatch(plain);
    // RFC 7464: each object begins with a record separator and ends with a line feed.
    const sequence = await bodyOf('/v1.52', { accept: 'application/json-seq' });
    expect(sequence.split('\u001e')).toEqual([
      '',
      expect.stringMatching(/\}\n$/),
      expect.stringMatching(/\}\n$/),
    ]);
    expect(sequence.replaceAll('\u001e', '')).toBe(await bodyOf('/v1.52'));
    expect(await bodyOf('/v1.51', { accept: 'application/json-seq' })).toMatch('\u001e{"status":');
  });

  it('replaces lost events by one event', async () => {
    const collector = createCollector({ limit: 2 });
    collector.append(events(5));
    await using server = await serveHttp(collector);
    const { body } = await ask(server.socket, 'GET', '/events?since=0&until=1');
    const [gap, ...rest] = body
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as DockerEvent);
    expect(gap).toMatchObject({
      Type: 'daemon',
      Action: 'gap',
      Actor: {
        Attributes: { count: '3', reason: 'expired', detail: 'events 1 to 3 are no longer available' },
      },
    });
    expect(rest.map(({ Actor }) => Actor.ID)).toEqual(['e3', 'e4']);
  });

  it.each([
    ['since=10&until=5', '`since` time (10) cannot be after `until` time (5)'],
    ['since=someday', /^parameter 'since': invalid time "someday": known are /],
    ['until=1.2.3', /^parameter 'until': invalid time "1.2.3"/],
    ['filters=x', /^parameter 'filters': must be JSON like /],
    ['filters=[]', /^parameter 'filters': must be JSON like /],
    ['filters={"event":"die"}', /the values of "event" are not a list of strings/],
    ['filters={"colour":["red"]}', /^unknown filter "colour": keys are action, config, container, /],
    ['filters={"exitcode":["x"]}', /^invalid exit code "x"/],
    ['filters=%00%ff', /^parameter 'filters': must be JSON like /],
  ])('refuses %s', async (query, message) => {
    await using server = await serveHttp(collectorWith(0));
    const { status, body } = await ask(server.socket, 'GET', `/v1.44/events?${query}`);
    expect(status).toBe(400);
    expect((JSON.parse(body) as { message: string }).message).toMatch(message);
  });

  it('has the type that a client prefers, if it is one of lines', async () => {
    await using server = await serveHttp(collectorWith(1));
    const typeFor = (accept: string): Promise<string | undefined> =>
      new Promise((resolve, reject) => {
        request(
          { socketPath: server.socket, path: '/events?until=1', headers: { accept }, agent: false },
          (response) => {
            response.resume();
            resolve(response.headers['content-type']);
          },
        )
          .on('error', reject)
          .end();
      });
    for (const [accept, type] of [
      ['application/json-seq;q=0.8, application/jsonl;q=0.9, */*', 'application/jsonl'],
      ['application/jsonl;q=0.5, application/json-seq', 'application/json-seq'],
      ['application/jsonl;q=0, application/x-ndjson;q=0.1', 'application/x-ndjson'],
      ['Application/X-NDJSON', 'application/x-ndjson'],
      ['application/jsonl;q=high, */*', 'application/json'],
    ] as const) {
      expect(await typeFor(accept)).toBe(type);
    }
    expect(await typeFor('text/html')).toBe('application/json');
  });

  it('refuses one too many with 429', async () => {
    await using server = await serveHttp(collectorWith(0), { maxSubscriptions: 0 });
    expect(await ask(server.socket, 'GET', '/events')).toMatchObject({
      status: 429,
      body: expect.stringMatching(/^\{"message":"too many subscriptions: /),
    });
  });

  describe.skipIf(dockerClients.length === 0).each(dockerClients)(
    'for the docker command $version',
    ({ run, until }) => {
      it('ends well when the server does', async () => {
        const collector = collectorWith(2);
        await using server = await serveHttp(collector);
        const ran = run(server.endpoint, ['events', '--since', '0', '--format', '{{.Actor.ID}}']);
        await expect.poll(() => server.context.subscriptions.status().get('docker')?.open).toBe(1);
        await server.close();
        expect(await ran).toEqual({ code: 0, stdout: 'e0\ne1\n', stderr: '' });
      });

      it('says what is wrong', async () => {
        await using server = await serveHttp(collectorWith(0));
        const problem = async (...args: string[]): Promise<string> => {
          const { code, stderr } = await run(server.endpoint, args);
          expect(code).toBe(1);
          return stderr;
        };
        expect(await problem('events', '--filter', 'colour=red')).toMatch(
          /^Error response from daemon: unknown filter "colour": keys are /,
        );
        expect(await problem('stop', 'web')).toMatch(/tidings serves events, and changes nothing/);
        expect(await problem('ps')).toMatch(
          /^Error response from daemon: GET \/v1\.\d+\/containers\/json is not served: .*'tidings ps'/,
        );
      });

      it('shows what there is to show of versions and of the machine', async () => {
        await using server = await serveHttp(collectorWith(0));
        const version = await run(server.endpoint, [
          'version',
          '--format',
          '{{.Server.Version}} {{.Server.APIVersion}} {{.Server.Platform.Name}}',
        ]);
        expect(version).toEqual({ code: 0, stdout: '1.2.3 1.54 tidings\n', stderr: '' });
        const info = await run(server.endpoint, ['info']);
        expect(info).toMatchObject({ code: 0, stdout: expect.stringContaining('Server Version: 1.2.3') });
        expect(info.stderr).toContain('this is tidings');
      });

      it('prints one event after the other, as they come', async () => {
        const collector = collectorWith(1);
        await using server = await serveHttp(collector);
        let count = 0;
        const printed = await until(
          server.endpoint,
          ['events', '--since', '0', '--format', '{{.Actor.ID}}'],
          (stdout) => {
            const lines = stdout.split('\n').length - 1;
            // The next one happens only when the last one was printed.
            for (; count < lines && count < 4; count++) collector.append([event({ id: `live${count}` })]);
            return lines === 5;
          },
        );
        expect(printed).toBe('e0\nlive0\nlive1\nlive2\nlive3\n');
      });
    },
  );
});
