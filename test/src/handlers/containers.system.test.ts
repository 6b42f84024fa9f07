/** States and rules against a real dockerd. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Daemon, startDaemon } from '../../../src/index.ts';
import { dockerdAvailable, useDockerd } from '../../support/dockerd.ts';
import { record } from '../../support/record.ts';

/** Count of random operations: enough for each run of the tests; more on request. */
const OPERATIONS = Number(process.env['TIDINGS_TEST_OPERATIONS'] ?? 60);

describe.skipIf(!dockerdAvailable)('with a real dockerd', { timeout: 600_000 }, () => {
  const dockerd = useDockerd();
  const directory = mkdtempSync('/tmp/td-');
  const rules = join(directory, 'rules.yaml');
  let daemon: Daemon;

  beforeAll(async () => {
    // There before the daemon, so that it has to ask for them.
    await dockerd().launch({ name: 'before', command: ['sleep', '1000'] });
    const host = { RestartPolicy: { Name: 'always' } };
    await dockerd().create({ name: 'loop-docker', command: ['sh', '-c', 'exit 1'], host });
    const keep =
      "{ name: keep, when: { name: 'loop-*' }, restart-policy: 'on-failure:4', post-stop: 'echo down', auto-remove: true }";
    writeFileSync(rules, `rules:\n  - ${keep}\n`);
    daemon = await startDaemon({
      stateDir: join(directory, 'state'),
      engines: [`docker=${dockerd().endpoint}`],
      rules,
    });
    await record(daemon.containers.changes).until(({ name }) => name === 'before');
  });
  afterAll(async () => {
    await daemon.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('has the states that docker ps -a has, after random operations', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `c${i}`);
    let seed = 42;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    const operations: readonly ((name: string) => Promise<unknown>)[] = [
      async (name) => await dockerd().create({ name, command: ['sleep', '1000'] }),
      async (name) => await dockerd().create({ name, command: ['sh', '-c', `exit ${random(4)}`] }),
      ...['start', 'start', 'stop?t=0', 'kill', 'pause', 'unpause', 'restart?t=0'].map(
        (what) => async (name: string) => await dockerd().api('POST', `/containers/${name}/${what}`),
      ),
      async (name) => await dockerd().api('DELETE', `/containers/${name}?force=1`),
    ];
    for (let i = 0; i < OPERATIONS; i++) {
      // Docker refuses many of them, as it should.
      await operations[random(operations.length)]?.(names[random(names.length)] as string).catch(
        () => undefined,
      );
    }
    type Listed = { readonly Id: string; readonly Names: readonly string[]; readonly State: string };
    const theirs = async (): Promise<unknown> =>
      Object.fromEntries(
        (await dockerd().api<readonly Listed[]>('GET', '/containers/json?all=1'))
          .filter(({ Names: [name = ''] }) => /^\/(c\d|before)$/.test(name))
          .map(({ Id, State }) => [Id, State]),
      );
    const ours = (): unknown =>
      Object.fromEntries(
        [...daemon.containers.states]
          .filter(({ name = '', state }) => /^(c\d|before)$/.test(name) && state !== 'removed')
          .map(({ id, state }) => [id, state]),
      );
    // The last events are on their way, and so may be the end of a container that has just started.
    for (let i = 0; i < 100 && JSON.stringify(await theirs()) !== JSON.stringify(ours()); i++)
      await delay(50);
    expect(ours()).toEqual(await theirs());
    expect(Object.keys(ours() as object).length).toBeGreaterThan(1);
  });

  it('restarts a crash loop by policy, then runs the hook and removes it', async () => {
    const { collector } = daemon;
    const id = await dockerd().create({ name: 'loop-a', command: ['sh', '-c', 'exit 3'] });
    const seen = record(collector.events({ name: id, since: 0n }));
    await dockerd().api('POST', `/containers/${id}/start`);
    const all = await seen.until(({ attributes }) => attributes['does'] === 'auto-remove');
    const done = all.filter(({ type }) => type === 'tidings');
    expect(done.map(({ attributes }) => [attributes['does'], attributes['result']])).toEqual([
      ...Array.from({ length: 4 }, () => ['start', 'done']),
      ['post-stop', 'done'],
      ['auto-remove', 'done'],
    ]);
    const times = (action: string): bigint[] =>
      all
        .filter((event) => event.type === 'container' && event.action === action)
        .map(({ timeNano }) => timeNano);
    const [, ...starts] = times('start');
    const waits = starts.map((start, i) => Number(start - (times('die')[i] as bigint)) / 1e6);
    // Never sooner than the policy says; how much later is up to the machine.
    for (const [i, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(100 * 2 ** i - 2);
    process.stderr.write(`waits in ms: ${waits.map(Math.round).join(' ')}\n`);
    await expect(dockerd().api('GET', `/containers/${id}/json`)).rejects.toThrow(/404/);
  });

  it('leaves alone what Docker restarts by itself', async () => {
    const seen = record(daemon.collector.events({ filters: { type: ['tidings'] } }));
    await dockerd().api('POST', '/containers/loop-docker/start');
    const all = await seen.until(({ name }) => name === 'loop-docker');
    expect(all.at(-1)?.attributes).toMatchObject({
      does: 'start',
      result: 'skipped',
      detail: expect.stringMatching(/restarts it by itself \(always\)|it runs/),
    });
    await dockerd().api('DELETE', '/containers/loop-docker?force=1');
  });

  it('knows the pid of a container that has just started', async () => {
    const changes = record(daemon.containers.changes);
    const id = await dockerd().launch({ name: 'pid', command: ['sleep', '1000'] });
    const found = await changes.until((state) => state.id === id && state.pid !== undefined);
    const { State } = await dockerd().api<{ State: { Pid: number } }>('GET', `/containers/${id}/json`);
    expect(found.at(-1)).toMatchObject({ state: 'running', pid: State.Pid });
  });

  it('is waited on', async () => {
    const id = await dockerd().launch({ name: 'waited', command: ['sh', '-c', 'sleep 0.2; exit 9'] });
    const found = await record(daemon.containers.wait(id, 'exited')).until(() => true);
    expect(found).toMatchObject([{ id, state: 'exited', exitCode: 9 }]);
  });
});
