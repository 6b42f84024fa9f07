import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Daemon, startDaemon } from '../../../src/daemon/index.ts';
import { keyOf } from '../../../src/engines/received.ts';
import { type EngineEvent, isGap } from '../../../src/event.ts';
import { containerdAvailable, useContainerd } from '../../support/containerd.ts';
import { dockerdAvailable, useDockerd } from '../../support/dockerd.ts';
import { podmanAvailable, usePodman } from '../../support/podman.ts';
import { record, type Recording } from '../../support/record.ts';
import { UnixProxy } from '../../support/unix-proxy.ts';

/** An engine, and a container that ends with exit code 3 in it: resolves with its id once it has ended. */
interface Case {
  readonly engine: string;
  readonly socket: () => string;
  readonly run: (name: string) => Promise<string>;
}

const EXITS = ['sh', '-c', 'exit 3'];

interface Followed {
  readonly daemon: Daemon;
  readonly events: Recording<EngineEvent>;
  readonly state: (endpoint: string) => string | undefined;
  readonly died: (id: string) => Promise<unknown>;
}

/** Starts a daemon on these endpoints; resolves once one of them is connected. */
async function follow(directory: string, engine: string, endpoints: readonly string[]): Promise<Followed> {
  const daemon = await startDaemon({
    stateDir: join(directory, 's'),
    dataDir: join(directory, 'd'),
    engines: endpoints.map((endpoint) => `${engine}=${endpoint}`),
  });
  onTestFinished(() => daemon.close());
  const state = (endpoint: string): string | undefined =>
    daemon.engines().find(({ source }) => source.endpoint === endpoint)?.state;
  const states = (): unknown[] => endpoints.map(state);
  await expect.poll(states, { timeout: 30_000 }).toContain('connected');
  const events = record(daemon.collector.events({ since: 0n }));
  const died = (id: string): Promise<unknown> =>
    events.until((event) => event.id === id && event.action === 'die');
  return { daemon, events, state, died };
}

/** One daemon by two endpoints: its configuration changes, then one of the endpoints is lost. */
async function moves({ engine, socket, run }: Case): Promise<Recording<EngineEvent>['values']> {
  const directory = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  await using one = new UnixProxy(socket());
  await using two = new UnixProxy(socket());
  await one.mend();
  const first = await follow(directory, engine, [one.endpoint]);
  const ids = [await run('first')];
  await first.died(ids[0]!);
  await first.daemon.close();

  ids.push(await run('between'));
  await two.mend();
  await one.cut();
  const second = await follow(directory, engine, [one.endpoint, two.endpoint]);
  ids.push(await run('second'));
  for (const id of ids) await second.died(id);

  await one.mend();
  await expect.poll(() => second.state(one.endpoint), { timeout: 30_000 }).toBe('duplicate');
  await two.cut();
  ids.push(await run('meanwhile'));
  await expect.poll(() => second.state(one.endpoint), { timeout: 30_000 }).toBe('connected');
  ids.push(await run('third'));
  for (const id of ids) await second.died(id);

  const { values } = second.events;
  const ends = ids.map((id) => {
    const deaths = values.filter((event) => event.id === id && event.action === 'die');
    return deaths.map(({ attributes }) => attributes['exitCode']).join(' ');
  });
  expect(ends).toEqual(ids.map(() => '3'));
  const keys = values.filter((event) => !isGap(event)).map((event) => keyOf(event));
  expect(keys.length - new Set(keys).size).toBe(0);
  return values;
}

const gaps = (events: readonly EngineEvent[]): number => events.filter(isGap).length;

describe('an engine that is reached by another endpoint, after a restart and while it is followed', () => {
  describe.skipIf(!dockerdAvailable)('of a real dockerd', () => {
    const dockerd = useDockerd();

    it('continues without a hole or a repeat', { timeout: 120_000 }, async () => {
      const run = async (name: string): Promise<string> => {
        const { id } = await dockerd().run({ name, command: EXITS });
        return id;
      };
      const events = await moves({ engine: 'docker', socket: () => dockerd().socket, run });
      expect(gaps(events)).toBe(0);
    });
  });

  describe.skipIf(!podmanAvailable)('of a real podman', () => {
    const podman = usePodman();

    it('continues without a hole or a repeat', { timeout: 120_000 }, async () => {
      const run = async (name: string): Promise<string> => {
        const id = await podman().launch(name, EXITS);
        await podman().command('wait', name);
        return id;
      };
      const events = await moves({ engine: 'podman', socket: () => podman().socket, run });
      expect(gaps(events)).toBe(0);
    });
  });

  describe.skipIf(!containerdAvailable)('of a real containerd, which keeps no events', () => {
    const server = useContainerd();

    it('tells a gap, and what happened meanwhile, once', { timeout: 120_000 }, async () => {
      const run = async (name: string): Promise<string> => {
        const id = server().id(name);
        await server().run(id, ['/bin/sh', '-c', 'exit 3'], '-d');
        await expect.poll(() => server().ctr('task', 'ls')).toMatch(new RegExp(`${id} .*STOPPED`));
        return id;
      };
      const events = await moves({ engine: 'containerd', socket: () => server().socket, run });
      expect(gaps(events)).toBe(2);
    });
  });
});
