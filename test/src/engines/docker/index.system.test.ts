import { describe, expect, it, onTestFinished } from 'vitest';
import { followDocker } from '../../../../src/engines/docker/index.ts';
import type { EngineStatus } from '../../../../src/engines/engine.ts';
import { type IncomingEvent, isGap } from '../../../../src/event.ts';
import { dockerdAvailable, useDockerd } from '../../../support/dockerd.ts';
import { record, type Recording } from '../../../support/record.ts';
import { UnixProxy } from '../../../support/unix-proxy.ts';

/** Follows an endpoint until the test ends. */
function following(
  endpoint: string,
  options: Parameters<typeof followDocker>[0] = {},
): Recording<IncomingEvent> {
  const recording = record(followDocker({ endpoint, ...options }));
  onTestFinished(() => recording.subscription.unsubscribe());
  return recording;
}

const is = (action: string, name: string) => (event: IncomingEvent) =>
  event.action === action && event.name === name;

const text = (events: readonly IncomingEvent[]): string[] =>
  events.map(({ type, action, name, id }) =>
    `${type} ${action} ${type === 'image' ? '' : (name ?? id)}`.trim(),
  );

/** Runs until SIGTERM, and then ends at once. */
const STOPPABLE = ['sh', '-c', 'trap "exit 0" TERM; sleep 1000 & wait'];

/** All of `timeNano` that raw text of `/events` holds, as they are written. */
const written = (raw: string): string[] =>
  [...raw.matchAll(/"timeNano":(\d+)}\n/g)].map(([, digits]) => digits!);

describe.skipIf(!dockerdAvailable)('followDocker with a real dockerd', () => {
  const dockerd = useDockerd();

  it('brings what is held and what happens, with labels, names and exact times', async () => {
    await dockerd().run({ name: 'early' });
    const { until, values } = following(dockerd().endpoint);
    await until(is('destroy', 'early'));
    const labels = { app: 'wéb 🐳', timeNano: '1', odd: '"timeNano":1,' };
    const { id } = await dockerd().run({ name: 'web', command: ['sh', '-c', 'exit 3'], labels });
    await until(is('destroy', 'web'));

    expect(text(values).slice(0, 3)).toEqual(['image tag', 'image import', 'container create early']);
    expect(text(values.filter((event) => event.id === id))).toEqual([
      'container create web',
      'container start web',
      'container die web',
      'container destroy web',
    ]);
    expect(values.find(is('die', 'web'))).toEqual({
      timeNano: expect.any(BigInt),
      type: 'container',
      action: 'die',
      id,
      name: 'web',
      attributes: { ...labels, exitCode: '3', image: 'busybox:test', name: 'web' },
      scope: 'local',
      source: { engine: 'docker', endpoint: dockerd().endpoint, id: await dockerd().id() },
    });
    const raw = await dockerd().heldEvents();
    expect(values.map(({ timeNano }) => String(timeNano))).toEqual(written(raw));
  });

  it('brings live events alone when history is not wanted', async () => {
    let connected = (): void => {};
    const isConnected = new Promise<void>((resolve) => (connected = resolve));
    const onStatus = ({ state }: EngineStatus): void => (state === 'connected' ? connected() : undefined);
    const { until } = following(dockerd().endpoint, { history: false, onStatus });
    await isConnected;
    await dockerd().run({ name: 'later' });
    const values = await until(is('destroy', 'later'));
    expect(text(values)[0]).toBe('container create later');
  });

  it('has neither hole nor repeat when the connection is cut in the middle', async () => {
    await using proxy = new UnixProxy(dockerd().socket);
    await proxy.mend();
    const { until, values } = following(proxy.endpoint);
    await until(() => true);
    for (const name of ['one', 'two', 'three']) {
      await dockerd().run({ name: `before-${name}` });
      await proxy.cut();
      await dockerd().run({ name });
      await proxy.mend();
      await until(is('destroy', name));
    }
    const raw = await dockerd().heldEvents();
    expect(values.map(({ timeNano }) => String(timeNano))).toEqual(written(raw));
  });

  it('has neither when it is cut over and over while events come', async () => {
    await using proxy = new UnixProxy(dockerd().socket);
    await proxy.mend();
    const id = await dockerd().create({ name: 'turning' });
    const whole = following(dockerd().endpoint);
    const torn = following(proxy.endpoint);
    await torn.until(is('create', 'turning'));
    const names = Array.from({ length: 300 }, (_, i) => `turn${i}`);
    const turning = (async () => {
      for (const name of names) await dockerd().api('POST', `/containers/${id}/rename?name=${name}`);
    })();
    for (let i = 1; i <= 4; i++) {
      await torn.until(is('rename', `turn${i * 50}`));
      await proxy.cut();
      await proxy.mend();
    }
    await turning;
    const [all, pieced] = await Promise.all([whole, torn].map(({ until }) => until(is('rename', 'turn299'))));
    expect(pieced).toEqual(
      all?.map((event) => ({ ...event, source: { ...event.source, endpoint: proxy.endpoint } })),
    );
    await dockerd().api('DELETE', `/containers/${id}`);
  });

  it('resumes where a former run ended', async () => {
    const first = following(dockerd().endpoint);
    await dockerd().run({ name: 'seen' });
    const resume = await first.until(is('destroy', 'seen'));
    first.subscription.unsubscribe();
    await dockerd().run({ name: 'unseen' });
    const second = following(dockerd().endpoint, { resume });
    const values = await second.until(is('destroy', 'unseen'));
    expect(text(values.filter(({ type }) => type === 'container'))).toEqual([
      'container create unseen',
      'container start unseen',
      'container die unseen',
      'container destroy unseen',
    ]);
    expect(values.some(isGap)).toBe(false);
  });

  it('reports a gap if more happened than Docker holds', async () => {
    await using proxy = new UnixProxy(dockerd().socket);
    await proxy.mend();
    const id = await dockerd().create({ name: 'renamed' });
    const { until } = following(proxy.endpoint);
    const before = await until(is('create', 'renamed'));
    await proxy.cut();
    for (let i = 0; i <= 256; i++) await dockerd().api('POST', `/containers/${id}/rename?name=n${i}`);
    await proxy.mend();
    const values = (await until(is('rename', 'n256'))).slice(before.length);
    const raw = written(await dockerd().heldEvents());
    expect(values.map((event) => (isGap(event) ? 'gap' : String(event.timeNano)))).toEqual(['gap', ...raw]);
    expect(values[0]).toMatchObject({
      attributes: { since: String(before.at(-1)?.timeNano), until: raw[0], reason: 'upstream' },
    });
    await dockerd().api('DELETE', `/containers/${id}`);
  });

  it('continues with a gap after dockerd was killed and started again', async () => {
    const states: string[] = [];
    const onStatus = ({ state, version }: EngineStatus): number =>
      states.push(`${state} ${version ?? ''}`.trim());
    const { until } = following(dockerd().endpoint, { onStatus });
    const id = await dockerd().launch({ name: 'runs', command: STOPPABLE });
    await until(is('start', 'runs'));
    await dockerd().restart('SIGKILL');
    await until(isGap);
    await dockerd().api('DELETE', `/containers/${id}?force=true`);
    const values = await until(is('destroy', 'runs'));
    expect(values.filter(isGap).map(({ attributes }) => attributes['detail'])).toEqual([
      'docker keeps none of the events seen before: it was restarted, and its memory with it',
    ]);
    const { ApiVersion } = await dockerd().api<{ ApiVersion: string }>('GET', '/version');
    expect(states.slice(0, 3)).toEqual(['connecting', 'connecting', `connected ${ApiVersion}`]);
    expect(states.at(-1)).toBe(`connected ${ApiVersion}`);
  });
});
