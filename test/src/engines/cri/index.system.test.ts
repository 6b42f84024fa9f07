import { lastValueFrom, firstValueFrom, ignoreElements, type Observable, Subject } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cri as engine } from '../../../../src/engines/cri/index.ts';
import type { EngineStatus } from '../../../../src/engines/engine.ts';
import { followEngine } from '../../../../src/engines/follow.ts';
import { type IncomingEvent, isGap } from '../../../../src/event.ts';
import { CRI, criSteps, sandbox } from '../../../support/cri.ts';
import { containerdAvailable, useContainerd } from '../../../support/containerd.ts';
import { grpcServer } from '../../../support/grpc-server.ts';
import { grpcPython } from '../../../support/isulad-client.ts';
import { record, type Recording } from '../../../support/record.ts';

interface Following {
  readonly events: Recording<IncomingEvent>;
  readonly statuses: Recording<EngineStatus>;
  connected(count?: number): Promise<EngineStatus>;
}

function follow(endpoint: string): Following {
  const reports = new Subject<EngineStatus>();
  const statuses = record(reports);
  const events = record(followEngine(engine, { endpoint, onStatus: (status) => reports.next(status) }));
  onTestFinished(() => events.subscription.unsubscribe());
  const isConnected = ({ state }: EngineStatus): boolean => state === 'connected';
  return {
    events,
    statuses,
    connected: async (count = 1) =>
      (await statuses.until((_, all) => all.filter(isConnected).length >= count)).findLast(isConnected)!,
  };
}

const done = (action: Observable<never>): Promise<unknown> =>
  lastValueFrom(action.pipe(ignoreElements()), { defaultValue: 'done' });

const METADATA = { name: 'web-1', uid: 'u1', namespace: 'shop' };
const POD = { id: 'p1', metadata: METADATA, state: 0, created_at: '1700000000000000001' };
const STATUS = {
  ...{ id: 'c1', metadata: { name: 'front' }, image: { image: 'box:1' }, labels: { app: 'web' } },
  created_at: '1700000000000000002',
};
const RUNNING = { ...STATUS, state: 1, started_at: '1700000000000000003' };
const EXITED = {
  ...{ ...RUNNING, state: 2, exit_code: 3, reason: 'Error' },
  finished_at: '1700000001000000000',
};

describe.skipIf(grpcPython === undefined)('a CRI runtime that tells events', () => {
  const event = (type: number, statuses: object[], id = 'c1'): object => ({
    ...{
      container_id: id,
      container_event_type: type,
      created_at: String(1_700_000_002_000_000_000n + BigInt(type)),
    },
    ...{ pod_sandbox_status: POD, containers_statuses: statuses },
  });

  it('is followed, with pods, names, labels and exit codes', async () => {
    const server = await grpcServer('cri-server.py');
    const { events, connected } = follow(server.endpoint);
    expect(await connected()).toMatchObject({ version: 'python 1.0', detail: 'its events arrive' });
    await server.said('followed');
    const told = [
      ...[event(0, [], 'p1'), event(1, [], 'p1'), event(0, [STATUS]), event(1, [RUNNING])],
      ...[event(2, [EXITED]), event(3, []), event(2, [], 'p1'), event(3, [], 'p1'), event(9, [])],
      event(3, [], 'unknown'),
    ];
    server.tell(JSON.stringify({ events: told }));
    await events.until(({ id }) => id === 'unknown');
    expect(events.values.map(({ type, name, action }) => `${type} ${name} ${action}`)).toEqual([
      ...[
        'pod web-1 create',
        'pod web-1 start',
        'container web-1/front create',
        'container web-1/front start',
      ],
      ...[
        'container web-1/front die',
        'container web-1/front destroy',
        'pod web-1 stop',
        'pod web-1 destroy',
      ],
      'container unknown destroy',
    ]);
    expect(events.values[4]).toMatchObject({
      ...{ timeNano: 1_700_000_001_000_000_000n, id: 'c1' },
      attributes: {
        ...{ app: 'web', image: 'box:1', exitCode: '3', reason: 'Error', podId: 'p1' },
        ...{ 'io.kubernetes.pod.name': 'web-1', 'io.kubernetes.pod.namespace': 'shop' },
        ...{ 'io.kubernetes.pod.uid': 'u1', 'io.kubernetes.container.name': 'front' },
        engineAction: 'CONTAINER_STOPPED_EVENT',
      },
    });
    expect(events.values[5]?.attributes).toMatchObject({ app: 'web', image: 'box:1' });
  });

  it('is followed again after it was killed, with a gap', async () => {
    const server = await grpcServer('cri-server.py');
    const { events, connected } = follow(server.endpoint);
    await connected();
    await server.kill();
    const next = await grpcServer('cri-server.py', server.socket);
    await connected(2);
    await next.said('followed');
    next.tell(JSON.stringify({ events: [event(1, [RUNNING])] }));
    await events.until(({ action }) => action === 'start');
    expect(events.values.map((each) => (isGap(each) ? 'gap' : each.action))).toEqual(['gap', 'start']);
  });
});

describe.skipIf(grpcPython === undefined)('a CRI runtime that tells none', () => {
  it('is listed, and says so; removal is the only control', async () => {
    const server = await grpcServer('cri-server.py', undefined, 'listing');
    server.tell(JSON.stringify({ pods: [POD], containers: [{ ...RUNNING, pod_sandbox_id: 'p1' }] }));
    await server.said('done');
    const { events, connected } = follow(server.endpoint);
    expect((await connected()).detail).toBe(
      'it sends no events: its containers are listed every 1 s, less often if that takes more than 5 % of a core',
    );
    const control = engine.control!(server.endpoint);
    expect(await firstValueFrom(control.list())).toMatchObject([
      {
        state: {
          id: 'c1',
          name: 'web-1/front',
          state: 'running',
          image: 'box:1',
          startedAt: '1700000000000000003',
        },
      },
    ]);
    await expect(done(control.restart('c1'))).rejects.toThrow('c1 cannot be started by CRI');
    await expect(done(control.remove('web-1/front', false))).rejects.toThrow('web-1/front is running');
    server.tell(JSON.stringify({ containers: [{ ...EXITED, pod_sandbox_id: 'p1' }] }));
    await events.until(({ action }) => action === 'die');
    await done(control.remove('web-1/front', false));
    await events.until(({ action }) => action === 'destroy');
    expect(events.values.map(({ name, action }) => `${name} ${action}`)).toEqual([
      'web-1/front die',
      'web-1/front destroy',
    ]);
  });
});

describe.skipIf(!containerdAvailable || grpcPython === undefined)(
  'the CRI of a real containerd 1.6',
  { timeout: 60_000 },
  () => {
    const server = useContainerd(CRI);

    it('is listed: a pod with containers that end well, fail, cannot start, and are removed', async () => {
      await server().importImage('k8s.io');
      await server().importImage('k8s.io', 'test/pause:1', ['/bin/sleep', '100000']);
      const { events, connected } = follow(server().endpoint);
      expect(await connected()).toMatchObject({ version: expect.stringMatching(/^containerd v?1\./) });
      const pod = sandbox('web-1');
      const make = (name: string, command: string[]): [string, object] => [
        'CreateContainer',
        {
          ...{ podSandboxId: '$0', sandboxConfig: pod },
          config: {
            ...{
              metadata: { name },
              image: { image: 'docker.io/test/box:1' },
              command,
              labels: { app: name },
            },
            linux: { securityContext: { namespaceOptions: { network: 2 } } },
          },
        },
      ];
      const { ids, failures } = await criSteps(server().socket, [
        ['RunPodSandbox', { config: pod }],
        make('stays', ['/bin/sleep', '1000']),
        make('fails', ['/bin/sh', '-c', 'exit 3']),
        make('bad', ['/nowhere']),
        ...['$1', '$2', '$3'].map((id): [string, object] => ['StartContainer', { containerId: id }]),
      ]);
      expect(failures).toEqual([expect.stringContaining('/nowhere')]);
      await events.until((_, all) => all.filter(({ action }) => action === 'die').length === 2);
      const [podId = '', stays = ''] = ids;
      await criSteps(server().socket, [
        ['StopContainer', { containerId: stays, timeout: '0' }],
        ['RemoveContainer', { containerId: stays }],
        ['StopPodSandbox', { podSandboxId: podId }],
        ['RemovePodSandbox', { podSandboxId: podId }],
      ]);
      await events.until(({ type, action }) => type === 'pod' && action === 'destroy');
      const of = (name: string): string =>
        events.values
          .filter((event) => event.name === name)
          .map(({ action, attributes }) => `${action} ${attributes['exitCode'] ?? ''}`.trim())
          .join(', ');
      expect(of('web-1/fails')).toBe('create, start, die 3, destroy');
      expect(of('web-1/bad')).toBe('create, die 128, destroy');
      expect(of('web-1/stays')).toMatch(/^create, start, die( 137)?, destroy$/);
      expect(of('web-1')).toBe('create, start, stop, destroy');
      expect(
        events.values.find(({ name, action }) => name === 'web-1/fails' && action === 'die'),
      ).toMatchObject({
        attributes: {
          ...{ app: 'fails', image: 'docker.io/test/box:1', podId, reason: 'Error', reconciled: 'true' },
          ...{ 'io.kubernetes.pod.name': 'web-1', 'io.kubernetes.pod.namespace': 'shop' },
        },
      });
    });
  },
);
