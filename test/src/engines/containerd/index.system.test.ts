import { firstValueFrom, ignoreElements, lastValueFrom, type Observable, Subject } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContainerState, foldState } from '../../../../operators/container-state.ts';
import { containerd as engine } from '../../../../src/engines/containerd/index.ts';
import type { EngineControl } from '../../../../src/engines/control.ts';
import type { EngineStatus } from '../../../../src/engines/engine.ts';
import { followEngine } from '../../../../src/engines/follow.ts';
import { type IncomingEvent, isGap } from '../../../../src/event.ts';
import { BOX, containerdAvailable, useContainerd } from '../../../support/containerd.ts';
import { record, type Recording } from '../../../support/record.ts';

const done = (action: Observable<never>): Promise<unknown> =>
  lastValueFrom(action.pipe(ignoreElements()), { defaultValue: 'done' });

describe.skipIf(!containerdAvailable)('a real containerd', { timeout: 60_000 }, () => {
  const server = useContainerd();
  const states = new Map<string, ContainerState>();
  const reports = new Subject<EngineStatus>();
  const statuses = record(reports);
  let recording: Recording<IncomingEvent>;
  let control: EngineControl;

  beforeAll(async () => {
    const { endpoint } = server();
    control = engine.control!(endpoint);
    const onStatus = (status: EngineStatus): void => reports.next(status);
    const known = (): Iterable<ContainerState> => states.values();
    recording = record(followEngine(engine, { endpoint, known, onStatus }));
    await connections(1);
  }, 60_000);
  afterAll(() => recording?.subscription.unsubscribe());

  const connections = (count: number): Promise<unknown> =>
    statuses.until((_, all) => all.filter(({ state }) => state === 'connected').length >= count);

  /** The events of a container, up to the first of an action. */
  const upTo = async (id: string, action: string): Promise<readonly IncomingEvent[]> => {
    const all = await recording.until(({ id: of, action: did }) => of === id && did === action);
    // A snapshot can have the same id.
    return all.filter((event) => event.id === id && event.type === 'container');
  };
  const last = async (id: string, action: string): Promise<IncomingEvent> =>
    (await upTo(id, action)).findLast((event) => event.action === action)!;
  const actions = async (id: string, action: string): Promise<string[]> =>
    (await upTo(id, action)).map((event) => event.action);

  it('states its identity and version', () => {
    expect(statuses.values.find(({ state }) => state === 'connected')).toMatchObject({
      source: {
        engine: 'containerd',
        endpoint: server().endpoint,
        id: expect.stringMatching(/^[\da-f-]{36}$/),
      },
      version: expect.stringMatching(/^\d+\./),
    });
  });

  it('tells a run that ends well, with its labels also where it is gone', async () => {
    const id = server().id('good');
    await server().run(id, ['/bin/true'], '--rm', '--label', 'app=web', '--label', 'nerdctl/name=web');
    expect(await actions(id, 'destroy')).toEqual(['create', 'init', 'start', 'die', 'cleanup', 'destroy']);
    const expected = { name: 'web', image: BOX, app: 'web', namespace: 'default' };
    for (const event of await upTo(id, 'destroy'))
      expect(event).toMatchObject({ name: 'web', attributes: expected });
    expect((await last(id, 'die')).attributes).toMatchObject({ exitCode: '0', engineAction: '/tasks/exit' });
  });

  it('tells an exit code, and the end by a signal', async () => {
    const [bad, killed] = [server().id('bad'), server().id('killed')];
    await server().run(bad, ['/bin/sh', '-c', 'exit 3'], '--rm');
    expect((await last(bad, 'die')).attributes['exitCode']).toBe('3');
    await server().run(killed, ['/bin/sleep', '1000'], '-d');
    await server().ctr('task', 'kill', '-s', 'SIGKILL', killed);
    expect((await last(killed, 'die')).attributes['exitCode']).toBe('137');
  });

  it('tells commands apart from the container, and pauses', async () => {
    const id = server().id('long');
    await server().run(id, ['/bin/sleep', '1000'], '-d');
    await server()
      .ctr('task', 'exec', '--exec-id', 'x1', id, '/bin/sh', '-c', 'exit 4')
      .catch(() => undefined);
    expect((await last(id, 'exec_die')).attributes).toMatchObject({
      execID: 'x1',
      exitCode: '4',
      noise: 'exec',
    });
    await server().ctr('task', 'pause', id);
    await last(id, 'pause');
    expect((await firstValueFrom(control.inspect(id)))?.state).toMatchObject({ state: 'paused', image: BOX });
    await server().ctr('task', 'resume', id);
    await last(id, 'unpause');
    expect(await actions(id, 'unpause')).not.toContain('die');
  });

  it('keeps containers of equal ids in two namespaces apart', async () => {
    const id = server().id('same');
    await server().importImage('other');
    await server().run(id, ['/bin/sleep', '1000'], '-d');
    await server().ctr('-n', 'other', 'run', '-d', '--snapshotter', 'native', BOX, id, '/bin/sleep', '1000');
    await last(`${id}@other`, 'start');
    const listed = (await firstValueFrom(control.list())).map(({ state }) => state);
    const same = listed.filter((state) => state.id.startsWith(id));
    expect(same.map((state) => [state.id, state.name, state.state])).toEqual(
      expect.arrayContaining([
        [id, id, 'running'],
        [`${id}@other`, id, 'running'],
      ]),
    );
    await expect(done(control.remove(`${id}@none`, true))).resolves.toBe('done');
    await done(control.remove(`${id}@other`, true));
    await last(`${id}@other`, 'destroy');
    expect((await firstValueFrom(control.inspect(id)))?.state.state).toBe('running');
  });

  it('removes task, container and snapshot; one that runs only if forced', async () => {
    const id = server().id('kept');
    await server().run(id, ['/bin/sleep', '1000'], '-d');
    await last(id, 'start');
    await expect(done(control.remove(id, false))).rejects.toThrow(
      `${id} is running: stop it first, or force its removal`,
    );
    await done(control.remove(id, true));
    expect(await actions(id, 'destroy')).toEqual(['create', 'init', 'start', 'die', 'cleanup', 'destroy']);
    expect(await server().ctr('snapshot', '--snapshotter', 'native', 'ls')).not.toContain(id);
    expect(await firstValueFrom(control.inspect(id))).toBeUndefined();
    await expect(done(control.remove(id, true))).resolves.toBe('done');
  });

  it('removes a paused container, and one that has ended', async () => {
    const [paused, over] = [server().id('paused'), server().id('over')];
    await server().run(paused, ['/bin/sleep', '1000'], '-d');
    await server().ctr('task', 'pause', paused);
    await done(control.remove(paused, true));
    await last(paused, 'destroy');
    await server().run(over, ['/bin/true'], '-d');
    await last(over, 'die');
    await done(control.remove(over, false));
    await last(over, 'destroy');
  });

  it('refuses to start a container that no restart label manages', async () => {
    const id = server().id('unmanaged');
    await server().run(id, ['/bin/true']);
    for (const refused of [control.start(id), control.restart(id)]) {
      await expect(done(refused)).rejects.toThrow(
        `containerd does not start ${id} by itself: it has no label containerd.io/restart.status; start it with the ` +
          'client that made it (nerdctl, ctr, the kubelet), which holds its input, output and network',
      );
    }
    await expect(done(control.restart('missing'))).rejects.toThrow('containerd has no container missing');
  });

  it('restarts a container that its restart monitor manages', async () => {
    const id = server().id('managed');
    await server().run(id, ['/bin/sleep', '1000'], '-d', '--label', 'containerd.io/restart.status=running');
    const pid = (await last(id, 'start')).attributes['pid'];
    // Its shell would end at SIGTERM; a sleep that is the first process does not.
    await done(control.restart(id, 0.1));
    const found = await firstValueFrom(control.inspect(id));
    expect(found).toMatchObject({ state: { state: 'running' }, restartPolicy: 'always' });
    expect(String(found?.state.pid)).not.toBe(pid);
    expect(await actions(id, 'update')).toEqual(expect.arrayContaining(['start', 'die', 'update']));
    await done(control.remove(id, true));
  });

  it('leaves out no label that fits, and counts those that do not', async () => {
    const id = server().id('labels');
    const value = 'x'.repeat(4000);
    const labels = ['a', 'b', 'c'].flatMap((key) => ['--label', `${key}=${value}`]);
    await server().run(id, ['/bin/true'], ...labels);
    const found = await firstValueFrom(control.inspect(id));
    expect(found?.labelsLeftOut).toBe(1);
    expect(Object.values(found?.state.labels ?? {}).filter((each) => each === value)).toHaveLength(2);
  });

  it('is resumed after kill -9 with a gap and the events of its lists, and reports no end twice', async () => {
    const ids = ['ends', 'stays', 'goes'].map((name) => server().id(name));
    const [ends = '', stays = '', goes = ''] = ids;
    for (const id of ids) await server().run(id, ['/bin/sleep', '1000'], '-d');
    const pid = Number((await last(ends, 'start')).attributes['pid']);
    await last(goes, 'start');
    for (const event of recording.values) {
      const state = foldState(states.get(event.id), event);
      if (state !== undefined) states.set(event.id, state);
    }
    await server().kill();
    process.kill(pid, 'SIGKILL');
    await server().start();
    await connections(2);
    expect(recording.values.filter(isGap)).toMatchObject([
      {
        attributes: {
          reason: 'upstream',
          detail: 'containerd keeps no events: those of the time without a connection are missing',
        },
      },
    ]);
    expect((await last(ends, 'die')).attributes['exitCode']).toBe('137');
    await server().ctr('task', 'kill', '-s', 'SIGKILL', goes);
    await last(goes, 'die');
    const dies = recording.values.filter(({ id, action }) => id === ends && action === 'die');
    expect(dies).toHaveLength(1);
    expect(recording.values.filter(({ id, action }) => id === stays && action === 'die')).toEqual([]);
  });
});
