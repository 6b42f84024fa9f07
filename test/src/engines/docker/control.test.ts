import type { RequestListener, ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { firstValueFrom, lastValueFrom, type Observable, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { dockerControl } from '../../../../src/engines/docker/control.ts';
import { record } from '../../../support/record.ts';
import { unixServer } from '../../../support/unix-server.ts';
import { virtualTime } from '../../../support/virtual-time.ts';

const done = (action: Observable<never>): Promise<undefined> =>
  lastValueFrom(action, { defaultValue: undefined });

describe('an engine that does not answer as it should', () => {
  const failing: [string, RequestListener, RegExp][] = [
    [
      'refuses',
      (_, r) => r.writeHead(500).end('{"message":"driver failed"}'),
      /it answers 500: driver failed/,
    ],
    ['is not Docker', (_, r) => r.end('<html>'), /JSON/],
    ['lists something else', (_, r) => r.end('{"a":1}'), /a container without an Id/],
    ['lists nonsense', (_, r) => r.end('[null]'), /expected JSON objects/],
    ['ends in an object', (_, r) => r.end('[{"Id":"a"},{"Id"'), /in the middle of an object/],
    ['ends in the list', (_, r) => r.end('[{"Id":"a"},\n'), /in the middle of a list/],
    ['ends before the list', (_, r) => r.end(), /in the middle of a list/],
    ['hangs up', (_, r) => r.destroy(), /socket hang up|ECONNRESET/],
  ];
  it.each(failing)('%s', async (_, listener, why) => {
    await using server = await unixServer((request, response) => {
      if (request.url === '/_ping') response.end('OK');
      else listener(request, response);
    });
    await expect(firstValueFrom(dockerControl(server.socket).list())).rejects.toThrow(why);
  });

  it('lists many containers with labels of 1 MiB, and holds no such label', async () => {
    const label = 'x'.repeat(2 ** 20);
    await using server = await unixServer(({ url = '' }, response) => {
      const [, id] = /\/containers\/(\w+)\/json/.exec(url) ?? [];
      if (id !== undefined) {
        const config = { Image: 'bb', Labels: { id, label } };
        return response.end(JSON.stringify({ Id: id, Name: `/${id}`, Config: config, State: {} }));
      }
      if (!url.includes('/containers/json')) return response.end('OK');
      for (let i = 0; i < 50; i++) {
        const item = { Id: `c${i}`, Names: [`/c${i}`], State: 'exited', Labels: { i: String(i), label } };
        response.write(`${i === 0 ? '[' : ','}${JSON.stringify(item)}`);
      }
      return response.end(']');
    });
    const all = await firstValueFrom(dockerControl(server.socket).list());
    expect(all).toHaveLength(50);
    for (const { state, labelsLeftOut } of all) {
      expect(state).toMatchObject({ name: state.id, image: 'bb', labels: { id: state.id } });
      expect(Object.keys(state.labels)).toEqual(['id']);
      expect(labelsLeftOut).toBe(1);
    }
  });

  it('may list for longer than 30 s, but not be silent for so long', async () => {
    const listing = new Subject<ServerResponse>();
    await using server = await unixServer(({ url = '' }, response) => {
      if (url.includes('/containers/json')) listing.next(response.writeHead(200));
      else if (url.endsWith('/json')) response.writeHead(404).end();
      else response.end('OK');
    });
    const time = virtualTime();
    const control = dockerControl(server.socket, 'docker', undefined, time.scheduler);
    const list = async (): Promise<[ServerResponse, Promise<unknown>]> => {
      const response = firstValueFrom(listing);
      const answer = firstValueFrom(control.list());
      answer.catch(() => undefined);
      return [await response, answer];
    };
    const write = async (response: ServerResponse, text: string): Promise<void> => {
      await new Promise((resolve) => response.write(text, resolve));
      for (let turn = 0; turn < 20; turn++) await setImmediate();
    };

    const [slow, slowly] = await list();
    await write(slow, '[');
    for (const text of ['{"Id":', '"a"}', ',{"Id":"b"', '}', ']']) {
      time.pass(29_000);
      await write(slow, text);
    }
    slow.end();
    await expect(slowly).resolves.toEqual([]);

    const [mute, never] = await list();
    await write(mute, '[{"Id":"a"}');
    time.pass(30_001);
    await expect(never).rejects.toThrow('it sends nothing of its list for 30 s');
  });

  it('is cancelled at once', async () => {
    let closed = (): void => {};
    const isClosed = new Promise<void>((resolve) => (closed = resolve));
    await using server = await unixServer((request, response) => {
      if (request.url === '/_ping') return response.end('OK');
      request.on('close', closed);
      subscription.unsubscribe();
      return response;
    });
    const { subscription } = record(dockerControl(server.socket).restart('web'));
    await isClosed;
  });

  it('cannot be reached through an id', async () => {
    const asked: (string | undefined)[] = [];
    await using server = await unixServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(request.url === '/_ping' ? 200 : 204).end();
    });
    await done(dockerControl(server.socket).remove('../images/x?force=1', false));
    expect(asked).toEqual(['GET /_ping', 'DELETE /containers/..%2Fimages%2Fx%3Fforce%3D1?v=1&force=0']);
  });
});
