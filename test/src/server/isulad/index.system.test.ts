import { hostname, release } from 'node:os';
import { Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { ContainerState } from '../../../../operators/container-state.ts';
import { createStateTable } from '../../../../operators/state-table.ts';
import { type Collector, createCollector } from '../../../../src/collector/collector.ts';
import { event, events } from '../../../support/events.ts';
import { callIsulad, type CallOptions, grpcPython, type IsuladCall } from '../../../support/isulad-client.ts';
import { serveIsulad } from '../../../support/isulad-server.ts';

const SECOND = 1_000_000_000n;

/** `e0` at 1 s, `e1` at 2 s … */
function aSecondApart(count: number): Collector {
  const collector = createCollector();
  collector.append(events(count).map((each) => ({ ...each, timeNano: each.timeNano * 1000n })));
  return collector;
}

const ids = (call: IsuladCall): string[] => call.events.map(({ id }) => id);

describe.skipIf(grpcPython === undefined)('iSulad Events, for a client that is not Node', () => {
  it.each<[string, CallOptions, string[]]>([
    ['all that is held', {}, ['e0', 'e1', 'e2', 'e3']],
    ['what is in the window, both ends included', { since: [2, 0], until: [3, 0] }, ['e1', 'e2']],
    ['all up to an until in the past', { until: [2, 999_999_999] }, ['e0', 'e1']],
    ['all from a since on', { since: [2, 1] }, ['e2', 'e3']],
    ['all for a since of zero, which means not set', { since: [0, 0] }, ['e0', 'e1', 'e2', 'e3']],
    ['those of a name', { id: 'e2' }, ['e2']],
    ['those of a glob', { id: 'e[13]' }, ['e1', 'e3']],
  ])('sends %s', async (_, options, expected) => {
    await using server = await serveIsulad(aSecondApart(4));
    const call = callIsulad(server.socket, { storeOnly: true, ...options });
    expect(await call.ended).toEqual({ code: 'OK', details: '' });
    expect(ids(call)).toEqual(expected);
  });

  it('sends events as iSulad has them', async () => {
    const collector = createCollector();
    const id = '3277'.repeat(16);
    collector.append([
      event({
        id,
        name: 'web',
        timeNano: 1_652_174_434_661_862_100n,
        attributes: { pid: '9007', image: 'busybox', exitCode: '0' },
      }),
      event({ id, name: 'wéb', timeNano: -1n, action: 'exec_create', attributes: { args: 'sh -c ls' } }),
    ]);
    await using server = await serveIsulad(collector);
    const call = callIsulad(server.socket, { storeOnly: true });
    await call.ended;
    expect(call.events).toEqual([
      {
        timeNano: '1652174434661862100',
        opt: 'container start',
        id,
        annotations: { image: 'busybox', name: 'web', pid: '9007' },
      },
      { timeNano: '-1', opt: 'container exec_create: sh -c ls', id, annotations: { name: 'wéb' } },
    ]);
  });

  it('knows a container by its name, its id and the beginning of that', async () => {
    const collector = aSecondApart(5000);
    const id = '3277'.repeat(16);
    collector.append([event({ id, name: 'web' })]);
    await using server = await serveIsulad(collector);
    for (const name of ['web', id, id.slice(0, 12)]) {
      const call = callIsulad(server.socket, { storeOnly: true, id: name });
      expect(await call.ended).toEqual({ code: 'OK', details: '' });
      expect(ids(call)).toEqual([id]);
    }
    expect(await callIsulad(server.socket, { id: id.slice(0, 11) }).ended).toMatchObject({
      code: 'INTERNAL',
    });
  });

  it('follows a known name without events in the window, and a glob of future names', async () => {
    const collector = aSecondApart(3);
    await using server = await serveIsulad(collector);
    const known = callIsulad(server.socket, { id: 'e1', since: [10, 0], cancelAfter: 1 });
    const glob = callIsulad(server.socket, { id: 'new-*', cancelAfter: 1 });
    await Promise.all([known.begun, glob.begun]);
    collector.append([
      event({ id: 'e1', name: 'e1', timeNano: 11n * SECOND }),
      event({ id: 'x', name: 'new-1' }),
    ]);
    expect(await known.ended).toMatchObject({ code: 'CANCELLED' });
    expect(await glob.ended).toMatchObject({ code: 'CANCELLED' });
    expect([ids(known), ids(glob)]).toEqual([['e1'], ['x']]);
  });

  it('follows a container that an engine lists, though no event told of it', async () => {
    const collector = aSecondApart(1);
    const silent = { id: 'c1', name: 'silent', state: 'running' } as ContainerState;
    const containers = { cursor: '', states: createStateTable({ seed: [silent] }) };
    await using server = await serveIsulad(collector, { containers });
    const call = callIsulad(server.socket, { id: 'silent', cancelAfter: 1 });
    await call.begun;
    collector.append([event({ id: 'c1', name: 'silent', action: 'die' })]);
    expect(await call.ended).toMatchObject({ code: 'CANCELLED' });
    expect(ids(call)).toEqual(['c1']);
  });

  it('continues with live events, until it is cancelled', async () => {
    const collector = aSecondApart(1);
    await using server = await serveIsulad(collector);
    const call = callIsulad(server.socket, { cancelAfter: 3 });
    await call.begun;
    collector.append([event({ id: 'live1' })]);
    collector.append([event({ id: 'live2' })]);
    expect(await call.ended).toMatchObject({ code: 'CANCELLED' });
    expect(ids(call)).toEqual(['e0', 'live1', 'live2']);
    await expect.poll(() => collector.status.subscriptions).toBe(0);
  });

  it('ends at the deadline of the client, with nothing left behind', async () => {
    const collector = aSecondApart(2);
    await using server = await serveIsulad(collector);
    const call = callIsulad(server.socket, { timeout: 0.5 });
    expect(await call.ended).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(ids(call)).toEqual(['e0', 'e1']);
    await expect.poll(() => collector.status.subscriptions).toBe(0);
  });

  it('leaves nothing behind of a client that is killed', async () => {
    const collector = aSecondApart(0);
    await using server = await serveIsulad(collector);
    const call = callIsulad(server.socket);
    await call.begun;
    expect(collector.status.subscriptions).toBe(1);
    call.kill();
    await expect.poll(() => collector.status.subscriptions).toBe(0);
  });

  it('words errors as iSulad does', async () => {
    await using server = await serveIsulad(aSecondApart(1));
    const backwards = callIsulad(server.socket, { since: [10, 0], until: [5, 0] });
    expect(await backwards.ended).toEqual({
      code: 'INTERNAL',
      details: `Failed to execute events callback: 'since' time cannot be after 'until' time (since ${10n * SECOND} ns, until ${5n * SECOND} ns)`,
    });
    const unknown = callIsulad(server.socket, { id: 'nobody' });
    expect(await unknown.ended).toEqual({ code: 'INTERNAL', details: 'No such container:nobody' });
    const pattern = callIsulad(server.socket, { id: '/(a+)+$/' });
    expect(await pattern.ended).toEqual({ code: 'INTERNAL', details: 'No such container:/(a+)+$/' });
    const glob = callIsulad(server.socket, { id: 'web-[' });
    expect((await glob.ended).details).toMatch(
      /^Failed to execute events callback: invalid name pattern "web-\["/,
    );
  });

  it('says when all places are taken', async () => {
    await using server = await serveIsulad(aSecondApart(0), { maxSubscriptions: 1 });
    const first = callIsulad(server.socket);
    await first.begun;
    expect(await callIsulad(server.socket).ended).toMatchObject({
      code: 'UNKNOWN',
      details: expect.stringMatching(/all 1 places are taken/),
    });
    first.kill();
    await first.ended.catch(() => undefined);
  });

  it('gives everyone what is due when the server shuts down, and says why it ends', async () => {
    const collector = aSecondApart(2);
    await using server = await serveIsulad(collector);
    const call = callIsulad(server.socket);
    await call.begun;
    collector.append([event({ id: 'last' })]);
    await server.close();
    expect(await call.ended).toEqual({ code: 'UNKNOWN', details: 'tidings is shutting down' });
    expect(ids(call)).toEqual(['e0', 'e1', 'last']);
  });
});

const ID = '3277'.repeat(16);

/** A server over states, and a wait that a test ends. */
async function serveStates(states: readonly Partial<ContainerState>[]) {
  const ended = new Subject<ContainerState>();
  const known = states.map(
    (state) => ({ labels: {}, restarts: 0, oomKilled: false, ...state }) as ContainerState,
  );
  const collector = createCollector();
  const server = await serveIsulad(collector, {
    containers: {
      cursor: collector.newest,
      states: createStateTable({ seed: known }),
      wait: () => ended,
    },
  });
  const ask = (method: string, request: object = {}): ReturnType<typeof callIsulad> =>
    callIsulad(server.socket, { method, request: { ...request } });
  return { server, ended, ask, [Symbol.asyncDispose]: async () => await server.close() };
}

describe.skipIf(grpcPython === undefined)('iSulad ps, inspect, wait, version and info', () => {
  const web: Partial<ContainerState> = {
    ...{ id: ID, name: 'web', image: 'busybox', state: 'running', labels: { team: 'a' }, pid: 9007 },
    ...{ createdAt: '1652174434661862100', startedAt: '1652174434661862100', restarts: 2 },
  };
  const job: Partial<ContainerState> = { id: 'ab'.repeat(32), name: 'job', state: 'exited', exitCode: 3 };

  it('list what is known, and leave out what is not', async () => {
    await using setUp = await serveStates([
      web,
      job,
      { id: 'gone', state: 'removed' },
      { id: 'x', state: 'unknown' },
    ]);
    const listed = await setUp.ask('List', { all: true }).answered;
    const startat = expect.stringMatching(/^2022-05-1\dT\d\d:\d\d:34\.661862100[+-]\d\d:\d\d$/);
    const containers = listed['containers'] as { name: string }[];
    expect(containers.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { id: 'ab'.repeat(32), name: 'job', status: 'STOPPED', exit_code: 3 },
      {
        ...{ id: ID, name: 'web', image: 'busybox', status: 'RUNNING', pid: 9007, restartcount: '2' },
        ...{ startat, created: '1652174434661862100' },
      },
      { id: 'x', name: 'x' },
    ]);
    const names = async (request: object): Promise<unknown> =>
      ((await setUp.ask('List', request).answered)['containers'] as { name: string }[] | undefined)?.map(
        ({ name }) => name,
      );
    expect(await names({})).toEqual(['web']);
    expect(await names({ filters: { status: 'exited' } })).toEqual(['job']);
    expect(await names({ all: true, filters: { label: 'team=a' } })).toEqual(['web']);
    expect(await names({ all: true, filters: { name: '^j', id: 'ab' } })).toEqual(['job']);
    expect(await setUp.ask('List', { filters: { size: '1' } }).answered).toEqual({
      cc: 4,
      errmsg: 'Unrecognised filter "size": known are id, name, label, status',
    });
  });

  it('inspect a container by name, id or the beginning of its id', async () => {
    await using setUp = await serveStates([web, job, { ...job, id: `ac${'0'.repeat(62)}`, name: 'other' }]);
    for (const id of ['web', ID, '3']) {
      const { ContainerJSON } = await setUp.ask('Inspect', { id }).answered;
      expect(JSON.parse(String(ContainerJSON))).toMatchObject({
        ...{ Id: ID, Name: 'web', Image: 'busybox', RestartCount: 2 },
        State: { Status: 'running', Running: true, Paused: false, Restarting: false, Pid: 9007 },
        Config: { Image: 'busybox', Labels: { team: 'a' } },
      });
    }
    for (const id of ['a', 'nobody']) {
      expect(await setUp.ask('Inspect', { id }).answered).toEqual({
        cc: 5,
        errmsg: `No such image or container or accelerator:${id}`,
      });
    }
  });

  it('wait for an end, and report an error without a run to wait for', async () => {
    await using setUp = await serveStates([web, { ...job, state: 'created' }]);
    const call = setUp.ask('Wait', { id: 'web' });
    await vi.waitFor(() => expect(setUp.ended.observed).toBe(true), { timeout: 15_000 });
    setUp.ended.next({ ...web, state: 'exited', exitCode: 137 } as ContainerState);
    expect(await call.answered).toEqual({ exit_code: 137 });
    expect(await setUp.ask('Wait', { id: 'job' }).answered).toEqual({});
    expect(await setUp.ask('Wait', { id: 'nobody' }).answered).toEqual({
      cc: 5,
      errmsg: 'No such container:nobody',
    });
  });

  it('tell what they are, and refuse what would change something', async () => {
    await using setUp = await serveStates([web, job]);
    expect(await setUp.ask('Version').answered).toEqual({ version: 'tidings 1.2.3' });
    expect(await setUp.ask('Info').answered).toMatchObject({
      ...{ version: 'tidings 1.2.3', containers_num: 2, c_running: 1, c_stopped: 1 },
      ...{ kversion: release(), nodename: hostname(), os_type: 'linux' },
    });
    const stop = callIsulad(setUp.server.socket, { path: '/containers.ContainerService/Stop' });
    expect(await stop.ended).toMatchObject({
      code: 'PERMISSION_DENIED',
      details: expect.stringMatching(/^tidings changes no containers: Stop is refused/),
    });
  });
});
