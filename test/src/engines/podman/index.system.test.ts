import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EngineStatus, FollowOptions } from '../../../../src/engines/engine.ts';
import { followEngine } from '../../../../src/engines/follow.ts';
import { podman } from '../../../../src/engines/podman/index.ts';
import { type IncomingEvent, isGap } from '../../../../src/event.ts';
import { podmanAvailable, usePodman } from '../../../support/podman.ts';
import { record, type Recording } from '../../../support/record.ts';

function following(endpoint: string, options: Partial<FollowOptions> = {}): Recording<IncomingEvent> {
  const recording = record(followEngine(podman, { endpoint, ...options }));
  onTestFinished(() => recording.subscription.unsubscribe());
  return recording;
}

const is = (action: string, name: string) => (event: IncomingEvent) =>
  event.action === action && event.name === name;

describe.skipIf(!podmanAvailable)('following a real podman', () => {
  const service = usePodman();

  it('brings our words with its own beside them, exit codes, labels and its identity', async () => {
    const { until } = following(service().endpoint);
    const id = await service().launch('three', ['sh', '-c', 'exit 3'], '--label', 'tier=web');
    await until(is('die', 'three'));
    await service().command('rm', 'three');
    const values = await until(is('destroy', 'three'));
    const own = values.filter((event) => event.id === id);
    expect(own.map(({ action }) => action)).toEqual(['create', 'init', 'start', 'die', 'cleanup', 'destroy']);
    const attributes = { tier: 'web', image: 'localhost/busybox:test', name: 'three' };
    expect(own.find(is('die', 'three'))).toMatchObject({
      ...{ type: 'container', name: 'three', scope: 'local' },
      attributes: { ...attributes, exitCode: '3', engineAction: 'died' },
      source: { engine: 'podman', id: expect.stringMatching(/:\/tmp\/td-/) },
    });
    expect(own[0]?.attributes).toEqual(attributes);
  });

  it('has neither hole, repeat nor gap when the service is killed while containers live and die', async () => {
    const states: string[] = [];
    const onStatus = ({ state }: EngineStatus): number => states.push(state);
    const { until, values } = following(service().endpoint, { onStatus });
    await service().launch('before', ['sleep', '1000']);
    await until(is('start', 'before'));
    await service().kill();
    await service().command('kill', 'before');
    await service().launch('while', ['true']);
    await service().command('wait', 'while');
    await service().start();
    await until(is('die', 'while'));
    await until(is('die', 'before'));
    await service().launch('after', ['true']);
    await until(is('die', 'after'));
    expect(values.filter(isGap)).toEqual([]);
    const said = values.map(({ type, action, id, timeNano }) => `${type} ${action} ${id} ${timeNano}`);
    expect(new Set(said).size).toBe(said.length);
    for (const name of ['before', 'while', 'after']) expect(values.filter(is('die', name))).toHaveLength(1);
    expect(states).toContain('absent');
    expect(states.at(-1)).toBe('connected');
  });

  it('lists containers and acts on them', async () => {
    const control = podman.control!(service().endpoint);
    const id = await service().launch('acted', ['sleep', '1000'], '--label', 'a=b');
    const [listed] = await lastValueFrom(control.list());
    expect(listed).toBeDefined();
    const { state } = (await lastValueFrom(control.inspect(id)))!;
    expect(state).toMatchObject({
      ...{ id, engine: 'podman', name: 'acted', state: 'running', labels: { a: 'b' } },
      ...{ image: 'localhost/busybox:test', pid: expect.any(Number) },
    });
    await lastValueFrom(control.remove(id, true).pipe(toArray()));
    expect(await lastValueFrom(control.inspect(id))).toBeUndefined();
  });
});
