import { mkdtempSync, rmSync } from 'node:fs';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EngineControl } from '../../../../src/engines/control.ts';
import type { EngineStatus, FollowOptions } from '../../../../src/engines/engine.ts';
import { followEngine } from '../../../../src/engines/follow.ts';
import { isulad } from '../../../../src/engines/isulad/index.ts';
import { type IncomingEvent, isGap } from '../../../../src/event.ts';
import { startDaemon } from '../../../../src/daemon/index.ts';
import { createCollector } from '../../../../src/collector/collector.ts';
import { grpcServer, type GrpcServer } from '../../../support/grpc-server.ts';
import { grpcPython } from '../../../support/isulad-client.ts';
import { serveIsulad } from '../../../support/isulad-server.ts';
import { record, type Recording } from '../../../support/record.ts';
import { virtualTime } from '../../../support/virtual-time.ts';
import { UnixProxy } from '../../../support/unix-proxy.ts';

const WEB = '3277'.repeat(16);
const web = { id: WEB, name: 'web', labels: { team: 'a' }, status: 3, pid: 77, startedAt: 1_652_174_434 };

const daemon = (...rest: string[]): Promise<GrpcServer> => grpcServer('isulad-daemon.py', undefined, ...rest);

function tell(server: GrpcServer, said: object): void {
  server.tell(JSON.stringify(said));
}

function following(endpoint: string, options: Partial<FollowOptions> = {}): Recording<IncomingEvent> {
  const recording = record(followEngine(isulad, { endpoint, random: () => 0, ...options }));
  onTestFinished(() => recording.subscription.unsubscribe());
  return recording;
}

/** Statuses, and the first that is as asked. */
function watching(): { onStatus(status: EngineStatus): void; until: Recording<EngineStatus>['until'] } {
  const seen: EngineStatus[] = [];
  const waiting: (() => void)[] = [];
  return {
    onStatus: (status) => {
      seen.push(status);
      for (const each of waiting) each();
    },
    until: (condition) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (seen.some((status) => condition(status, seen))) resolve([...seen]);
        };
        waiting.push(look);
        look();
      }),
  };
}

const kill = (signal: number): object => ({ event: ['container kill', WEB, { signal: String(signal) }] });
const isKill = (signal: number) => (event: IncomingEvent) => event.attributes['signal'] === String(signal);
const signals = (events: readonly IncomingEvent[]): number[] =>
  events.flatMap(({ attributes: { signal } }) => (signal === undefined ? [] : [Number(signal)]));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe.skipIf(grpcPython === undefined)('following an iSulad that is not ours', () => {
  it('translates its events', async () => {
    const server = await daemon();
    tell(server, { container: web });
    tell(server, { event: ['container exec_create: sh -c ls', WEB, {}], at: [1_652_174_434, 661_862_100] });
    tell(server, { event: ['container reanme', WEB, { name: 'shop', stale: 'true' }] });
    tell(server, { event: ['image pull', 'busybox:latest', {}] });
    tell(server, { event: ['container die', WEB, { exitCode: '137' }] });
    const { until } = following(server.endpoint);
    const values = await until(({ action }) => action === 'die');
    expect(values.map(({ type, action, id, name }) => [type, action, id, name])).toEqual([
      ['container', 'exec_create', WEB, 'web'],
      ['container', 'rename', WEB, 'shop'],
      ['image', 'pull', 'busybox:latest', 'busybox:latest'],
      ['container', 'die', WEB, 'web'],
    ]);
    const described = { name: 'web', image: 'busybox', team: 'a', pid: '77' };
    expect(values[0]).toMatchObject({
      timeNano: 1_652_174_434_661_862_100n,
      attributes: { ...described, args: 'sh -c ls', noise: 'exec' },
      source: {
        engine: 'isulad',
        endpoint: server.endpoint,
        id: expect.stringMatching(/:\/var\/lib\/isulad$/),
      },
    });
    expect(values[1]?.attributes).toEqual({ ...described, name: 'shop', 'label.stale': 'true' });
    expect(values[3]?.attributes).toEqual({ ...described, exitCode: '137' });
  });

  it('resumes after a lost connection without hole or repeat, from its 64 events', async () => {
    const server = await daemon();
    await using proxy = new UnixProxy(server.socket);
    await proxy.mend();
    const { onStatus, until: status } = watching();
    const { until, values } = following(proxy.endpoint, { onStatus });
    tell(server, { container: web });
    for (let signal = 1; signal <= 10; signal++) tell(server, kill(signal));
    await until(isKill(10));
    await status(({ state }) => state === 'connected');
    await proxy.cut();
    for (let signal = 11; signal <= 60; signal++) tell(server, kill(signal));
    await proxy.mend();
    await until(isKill(60));
    tell(server, kill(61));
    await until(isKill(61));
    expect(signals(values)).toEqual(upTo(61));
    expect(values.filter(isGap)).toEqual([]);

    await proxy.cut();
    for (let signal = 62; signal <= 140; signal++) tell(server, kill(signal));
    await proxy.mend();
    await until(isKill(140));
    expect(values.filter(isGap)).toHaveLength(1);
    expect(signals(values)).toEqual([...upTo(61), ...upTo(140).slice(76)]);
    expect(values.find(isGap)?.attributes['detail']).toBe(
      'more than the 64 events that isulad keeps happened while there was no connection',
    );
  });

  it('says that events are missing when it was killed, and what its list proves', async () => {
    const state = `${(await daemon()).socket}.json`;
    const server = await daemon(state);
    const { until, values } = following(server.endpoint, {
      statesBefore: () => [
        {
          id: WEB,
          engine: 'isulad',
          name: 'web',
          state: 'running',
          labels: {},
          restarts: 0,
          oomKilled: false,
        },
      ],
    });
    tell(server, { container: web });
    for (let signal = 1; signal <= 3; signal++) tell(server, kill(signal));
    tell(server, { container: { ...web, status: 4, pid: 0, exitCode: 3 } });
    tell(server, kill(4));
    await until(isKill(4));
    await server.kill();
    const again = await grpcServer('isulad-daemon.py', server.socket, state);
    tell(again, kill(5));
    await until(isKill(5));
    await until(({ attributes }) => attributes['reconciled'] === 'true');
    expect(values.filter(isGap).map(({ attributes }) => attributes['detail'])).toEqual([
      'isulad keeps none of the events seen before: it was restarted, and its memory with it',
    ]);
    const reconciled = values.filter(({ attributes }) => attributes['reconciled'] === 'true');
    expect(reconciled).toMatchObject([{ action: 'die', id: WEB, attributes: { exitCode: '3' } }]);
    expect(signals(values)).toEqual(upTo(5));
  });

  it('follows only what is new if it is asked to', async () => {
    const server = await daemon();
    tell(server, { container: web });
    for (let signal = 1; signal <= 3; signal++) tell(server, kill(signal));
    const { onStatus, until: status } = watching();
    const { until } = following(server.endpoint, { history: false, onStatus });
    await status(({ state }) => state === 'connected');
    tell(server, kill(4));
    expect(signals(await until(isKill(4)))).toEqual([4]);
  });

  it('says what is wrong: an error of its own, another server, tidings itself', async () => {
    const failing = await daemon();
    tell(failing, { fail: { Version: 'not\n\x1b[31mtoday' } });
    await using own = await serveIsulad(createCollector());
    const other = await grpcServer('grpc-server.py');
    for (const [endpoint, detail] of [
      [failing.endpoint, /^it answers: not \[31mtoday$/],
      [
        `unix://${own.socket}`,
        /^it is tidings that answers here, not iSulad: following it would repeat every event$/,
      ],
      [other.endpoint, /^it answers UNIMPLEMENTED/],
    ] as const) {
      const { onStatus, until } = watching();
      following(endpoint, { onStatus });
      const seen = await until(({ state }) => state === 'retrying');
      expect(seen.at(-1)?.detail).toMatch(detail);
    }
  });
});

describe.skipIf(grpcPython === undefined)('an iSulad in trouble', () => {
  /** The details of all statuses up to the first failure. */
  async function failure(endpoint: string): Promise<readonly EngineStatus[]> {
    const { onStatus, until } = watching();
    following(endpoint, { onStatus });
    return until(({ state }) => state === 'retrying');
  }

  it('is not connected while its answers are garbage', async () => {
    const server = await daemon();
    tell(server, { garbage: ['Version'] });
    await server.said('took');
    const seen = await failure(server.endpoint);
    expect(seen.map(({ state }) => state)).toEqual(['connecting', 'retrying']);
    expect(seen.at(-1)?.detail).toBe('it is not iSulad that answers here: it states no version');
  });

  it('makes a gap of each event that is garbage', async () => {
    const server = await daemon();
    tell(server, { container: web });
    tell(server, kill(1));
    tell(server, { garbage: ['Events'] });
    await server.said('took');
    const { until } = following(server.endpoint);
    const gap = (await until(isGap)).find(isGap);
    expect(gap?.attributes).toMatchObject({
      ...{ reason: 'upstream', count: '1' },
      detail: expect.stringMatching(/^an event of iSulad cannot be read: /),
    });
  });

  it('is not connected while it says nothing, and has ten seconds for that', async () => {
    const server = await daemon();
    tell(server, { mute: ['Version', 'List', 'Info'] });
    await server.said('took');
    const time = virtualTime();
    const seen: EngineStatus[] = [];
    following(server.endpoint, { scheduler: time.scheduler, onStatus: (status) => seen.push(status) });
    time.pass(9999);
    expect(seen.map(({ state }) => state)).toEqual(['connecting']);
    time.pass(2);
    expect(seen.map(({ state, detail }) => `${state}: ${detail}`)).toEqual([
      'connecting: no answer yet',
      'retrying: it does not answer within 10 s',
    ]);
  });

  it('may list 10,000 containers, whose ids begin alike', async () => {
    const server = await daemon();
    const stateDir = mkdtempSync('/tmp/td-');
    onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
    tell(server, { many: 10_000 });
    await server.said('took');
    const running = await startDaemon({ stateDir, engines: [`isulad=${server.endpoint}`] });
    onTestFinished(() => running.close());
    const listed = record(running.containers.listed);
    await listed.until(({ isLast }) => isLast);
    expect([...running.containers.states]).toHaveLength(10_000);
    expect(running.containers.states.lookup('many-9999')).toBeDefined();
  });

  it('fails to list with an error other than 0, or with garbage', async () => {
    const server = await daemon();
    const control = isulad.control?.(server.endpoint) as EngineControl;
    tell(server, { fail: { List: 'busy' } });
    await server.said('took');
    await expect(lastValueFrom(control.list())).rejects.toThrow('it answers: busy');
    tell(server, { fail: { List: null }, garbage: ['List'] });
    await server.said('took');
    await expect.poll(() => lastValueFrom(control.list()).catch(String)).toMatch(/INTERNAL/);
  });
});

describe.skipIf(grpcPython === undefined)('acting on an iSulad that is not ours', () => {
  const controlOf = ({ endpoint }: GrpcServer): EngineControl => isulad.control?.(endpoint) as EngineControl;

  it('lists and inspects containers with labels, policies and states', async () => {
    const server = await daemon();
    tell(server, { container: { ...web, policy: 'on-failure:3', autoRemove: true } });
    tell(server, { container: { id: 'a', name: 'job', status: 4, exitCode: 3, finishedAt: 1_652_174_434 } });
    tell(server, { container: { id: 'b'.repeat(65), name: 'new' } });
    await server.said('took');
    const control = controlOf(server);
    const listed = await lastValueFrom(control.list());
    expect(listed.map(({ state: { id, name, state } }) => [id.length, name, state])).toEqual([
      ...[
        [65, 'new', 'created'],
        [1, 'job', 'exited'],
        [64, 'web', 'running'],
      ],
    ]);
    expect(listed[2]).toMatchObject({
      state: {
        ...{ id: WEB, engine: 'isulad', name: 'web', image: 'busybox', state: 'running', pid: 77 },
        ...{ labels: { team: 'a' }, startedAt: '1652174434000000000', restarts: 0 },
      },
      restartPolicy: 'on-failure:3',
      autoRemove: true,
    });
    expect(listed[1]?.state).toMatchObject({ exitCode: 3, finishedAt: '1652174434000000000' });
    expect(await lastValueFrom(control.inspect('3277'))).toEqual(listed[2]);
    expect(await lastValueFrom(control.inspect('nobody'))).toBeUndefined();
  });

  it('starts, restarts and removes, and fails in its words', async () => {
    const server = await daemon();
    tell(server, { container: { ...web, status: 4 } });
    await server.said('took');
    const control = controlOf(server);
    const done = (action: ReturnType<EngineControl['start']>): Promise<unknown> =>
      lastValueFrom(action.pipe(toArray()));
    await done(control.start(WEB));
    await done(control.restart(WEB, 1.5));
    await done(control.remove(WEB, true));
    await Promise.all([`Start ${WEB}`, `Restart ${WEB}`, `Delete ${WEB}`].map((line) => server.said(line)));
    // A second removal succeeds too.
    await done(control.remove(WEB, true));
    await expect(done(control.start(WEB))).rejects.toThrow(`it answers: No such container:${WEB}`);
    tell(server, { fail: { List: 'broken', Inspect: '' } });
    await server.said('took');
    await expect(lastValueFrom(control.list())).rejects.toThrow('it answers: broken');
  });
});
