import { describe, expect, it } from 'vitest';
import type { ContainerState } from '../../../../operators/container-state.ts';
import { createStateTable, type StateTable } from '../../../../operators/state-table.ts';
import { createCollector } from '../../../../src/collector/collector.ts';
import type { ContainersAt } from '../../../../src/journal/states/containers-at.ts';
import { serveHttp, type ServeOptions } from '../../../support/http-server.ts';
import { ask, type Answer } from '../../../support/unix-http.ts';

function container(name: string, parts: Partial<ContainerState> = {}): ContainerState {
  const id = Buffer.from(name.padEnd(32)).toString('hex');
  return {
    id,
    engine: 'docker',
    name,
    state: 'running',
    labels: {},
    restarts: 0,
    oomKilled: false,
    ...parts,
  };
}

const table = (...seed: readonly ContainerState[]): StateTable => createStateTable({ seed });

const states = [
  container('gone', { state: 'removed' }),
  container('web-1'),
  container('web-2'),
  container('db'),
];

async function get(path: string, options: ServeOptions = {}): Promise<Answer> {
  const collector = createCollector({ epoch: 'k3f' });
  const containers = { cursor: collector.newest, states: table(...states) };
  await using server = await serveHttp(collector, { containers, ...options });
  return await ask(server.socket, 'GET', path);
}

const names = ({ body }: Answer): unknown =>
  (JSON.parse(body) as { containers: readonly ContainerState[] }).containers.map(({ name }) => name);

describe('GET /v1/containers', () => {
  it('gives the existing ones, and the cursor to continue from', async () => {
    const answer = await get('/v1/containers');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(JSON.parse(answer.body)).toEqual({
      cursor: createCollector({ epoch: 'k3f' }).newest,
      containers: states.slice(1),
    });
  });

  it.each([
    ['name=web-*', ['web-1', 'web-2']],
    ['name=web-1&name=db', ['web-1', 'db']],
    ['name=!web-2', ['web-1', 'db']],
    ['name=web-*&name=!web-2', ['web-1']],
    [`name=${states[3]?.id.slice(0, 12)}`, ['db']],
    ['name=nobody', []],
  ])('selects by %s', async (query, expected) => {
    expect(names(await get(`/v1/containers?${query}`))).toEqual(expected);
  });

  it('gives those of a time, where there is a journal', async () => {
    const asked: bigint[] = [];
    const containersAt = async (time: bigint): Promise<ContainersAt> => {
      asked.push(time);
      return { at: String(time), containers: [container('then'), container('db')], gaps: [] };
    };
    const answer = await get('/v1/containers?at=1700000000.5&name=then', { containersAt });
    expect(asked).toEqual([1_700_000_000_500_000_000n]);
    expect(JSON.parse(answer.body)).toEqual({
      at: '1700000000500000000',
      containers: [container('then')],
      gaps: [],
    });
  });

  it.each([
    ['at=yesterday-ish', 400, /invalid time "yesterday-ish"/],
    ['at=90m', 404, /no journal, so it only knows what runs now/],
    ['name=[', 400, /invalid name pattern/],
    ['name=/a(?=b)/', 400, /look-around/],
    ['nam=web', 400, /unknown parameter "nam": known are name, at/],
  ])('refuses %s with %i', async (query, status, why) => {
    const answer = await get(`/v1/containers?${query}`);
    expect(answer.status).toBe(status);
    expect((JSON.parse(answer.body) as { message: string }).message).toMatch(why);
  });

  it('sends all requests at one cursor the same bytes, encoded once', async () => {
    const collector = createCollector();
    let encoded = 0;
    const counting = { ...container('web'), toJSON: () => `encoded ${++encoded} times` };
    const containers = { cursor: collector.newest, states: table(counting) };
    await using server = await serveHttp(collector, { containers });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask(server.socket, 'GET', '/v1/containers')),
    );
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(encoded).toBe(1);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });

  it('gives the newest states once the cursor has moved', async () => {
    const collector = createCollector();
    const containers = { cursor: 'a:1', states: table(container('one')) };
    await using server = await serveHttp(collector, { containers });
    expect(names(await ask(server.socket, 'GET', '/v1/containers'))).toEqual(['one']);
    containers.states = table(container('one'), container('two'));
    containers.cursor = 'a:2';
    expect(names(await ask(server.socket, 'GET', '/v1/containers'))).toEqual(['one', 'two']);
  });

  it('gives the newest states though the cursor stays: an engine was asked meanwhile', async () => {
    const collector = createCollector();
    const containers = { cursor: 'a:1', states: table(container('one')) };
    await using server = await serveHttp(collector, { containers });
    const pids = async (query = ''): Promise<unknown> => {
      const { body } = await ask(server.socket, 'GET', `/v1/containers${query}`);
      return (JSON.parse(body) as { containers: readonly ContainerState[] }).containers.map(({ pid }) => pid);
    };
    expect([await pids(), await pids('?name=o*')]).toEqual([[undefined], [undefined]]);
    containers.states.set(container('one', { pid: 12 }));
    expect([await pids(), await pids('?name=o*'), await pids('?name=one')]).toEqual([[12], [12], [12]]);
  });

  it('looks at no other container for exact names', async () => {
    const all = table(...states);
    const untouchable = Object.create(all, {
      [Symbol.iterator]: { value: () => expect.fail('all were looked at') },
    }) as StateTable;
    const containers = { cursor: 'a:1', states: untouchable };
    expect(names(await get('/v1/containers?name=db&name=web-1', { containers }))).toEqual(['db', 'web-1']);
    expect(names(await get('/v1/containers?name=db&name=!d*', { containers }))).toEqual([]);
  });

  it('makes so many answers at a time, and asks others to come again', async () => {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    let running = 0;
    const containersAt = async (): Promise<ContainersAt> => {
      expect(++running).toBe(1);
      await opened;
      running--;
      return { at: '1', containers: [container('then')], gaps: [] };
    };
    await using server = await serveHttp(createCollector(), { containersAt, max: { pastAnswers: 2 } });
    const past = (): Promise<Answer> => ask(server.socket, 'GET', '/v1/containers?at=0s');
    const first = [past(), past()];
    await expect.poll(() => server.context.connections.open).toBe(2);
    const refused = await past();
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(refused.body).toMatch(/too many answers at a time: 2 are under way; try again later/);
    open();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await past()).status).toBe(200);
  });

  it('encodes large answers whole', async () => {
    const many = Array.from({ length: 3000 }, (_, i) =>
      container(`c${i}`, { labels: { text: 'é'.repeat(i % 100), big: i === 7 ? 'x'.repeat(300_000) : '' } }),
    );
    const containers = { cursor: 'a:1', states: table(...many) };
    const all = await get('/v1/containers', { containers });
    expect(JSON.parse(all.body)).toEqual({ cursor: 'a:1', containers: many });
    const one = await get('/v1/containers?name=c7', { containers });
    expect(JSON.parse(one.body)).toEqual({ cursor: 'a:1', containers: [many[7]] });
    const none = await get('/v1/containers?name=nobody', { containers });
    expect(JSON.parse(none.body)).toEqual({ cursor: 'a:1', containers: [] });
  });

  it('changes nothing', async () => {
    await using server = await serveHttp(createCollector());
    await expect(ask(server.socket, 'DELETE', '/v1/containers')).resolves.toMatchObject({ status: 405 });
  });

  it('writes out what steers a terminal', async () => {
    const nasty = [container('web', { labels: { a: '\u009b31m' } })];
    const { body } = await get('/v1/containers', { containers: { cursor: '', states: table(...nasty) } });
    expect(body).toContain('\\u009b31m');
  });
});
