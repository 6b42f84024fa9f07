import { firstValueFrom, lastValueFrom, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { dockerControl } from '../../../../src/engines/docker/control.ts';
import { dockerdAvailable, useDockerd } from '../../../support/dockerd.ts';

const done = (action: Observable<never>): Promise<undefined> =>
  lastValueFrom(action, { defaultValue: undefined });

describe.skipIf(!dockerdAvailable)('the containers of a real dockerd', () => {
  const dockerd = useDockerd();

  it('are listed as they are, each with the policy of the engine', async () => {
    const control = dockerControl(dockerd().socket);
    const labels = { app: 'web' };
    const host = { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } };
    const running = await dockerd().launch({ name: 'runs', command: ['sleep', '1000'], labels, host });
    const created = await dockerd().create({ name: 'created' });
    const exited = await dockerd().launch({ name: 'exited', command: ['sh', '-c', 'exit 7'] });
    await dockerd().api('POST', `/containers/${exited}/wait`);

    const list = await firstValueFrom(control.list());
    const found = Object.fromEntries(
      list.map(({ state, restartPolicy }) => [state.id, { ...state, restartPolicy }]),
    );
    expect(Object.keys(found).sort()).toEqual([running, created, exited].sort());
    expect(found[running]).toMatchObject({
      name: 'runs',
      image: 'busybox:test',
      state: 'running',
      labels,
      pid: expect.any(Number),
      startedAt: expect.stringMatching(/^\d{19}$/),
      restarts: 0,
      oomKilled: false,
      restartPolicy: 'on-failure:3',
    });
    expect(found[created]).toMatchObject({ state: 'created', restartPolicy: undefined });
    expect(found[exited]).toMatchObject({ state: 'exited', exitCode: 7 });
    await expect(firstValueFrom(control.inspect('exited'))).resolves.toEqual(
      list.find(({ state }) => state.id === exited),
    );
  });

  it('are started, restarted and removed', async () => {
    const control = dockerControl(dockerd().socket);
    const pid = async (): Promise<number | undefined> =>
      (await firstValueFrom(control.inspect('acted-on')))?.state.pid;
    await dockerd().create({ name: 'acted-on', command: ['sleep', '1000'] });
    await done(control.start('acted-on'));
    const first = await pid();
    expect(first).toBeGreaterThan(0);
    await done(control.start('acted-on'));
    expect(await pid()).toBe(first);
    await done(control.restart('acted-on', 0));
    expect(await pid()).not.toBe(first);
    await expect(done(control.remove('acted-on', false))).rejects.toThrow(/it answers 409: .*running/);
    await done(control.remove('acted-on', true));
    await expect(firstValueFrom(control.inspect('acted-on'))).resolves.toBeUndefined();
    await done(control.remove('acted-on', false));
    await expect(done(control.restart('acted-on'))).rejects.toThrow(/it answers 404: No such container/);
  });
});
