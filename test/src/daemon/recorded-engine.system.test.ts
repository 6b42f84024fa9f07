import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Daemon, startDaemon } from '../../../src/daemon/index.ts';
import type { EngineEvent } from '../../../src/event.ts';
import type { ContainerState } from '../../../operators/container-state.ts';
import { sendContainerEvent } from '../../../src/monitor/send.ts';
import { grpcServer, type GrpcServer } from '../../support/grpc-server.ts';
import { grpcPython } from '../../support/isulad-client.ts';
import { record, type Recording } from '../../support/record.ts';

const id = (digits: string): string => digits.repeat(16);
const WEB = id('3277');
const JOB = id('abcd');
const NEW = id('9999');

const RULES = `rules:
  - name: keep
    when: { filter: [label=do=restart] }
    restart-policy: on-failure:3
  - name: once
    when: { filter: [label=do=remove] }
    restart-policy: 'no'
    post-stop: [sh, -c, 'echo "$TIDINGS_NAME $TIDINGS_EXIT_CODE" > hook']
    auto-remove: true
`;

interface Setup {
  readonly daemon: Daemon;
  readonly server: GrpcServer;
  readonly events: Recording<EngineEvent>;
  readonly hook: string;
  send(container: string, state: string, options?: object): Promise<void>;
}

async function setUp(): Promise<Setup> {
  const server = await grpcServer('isulad-daemon.py');
  const labels = { team: 'a' };
  const runs = { status: 3, startedAt: 1_652_174_434 };
  for (const said of [
    { silent: true },
    { container: { id: WEB, name: 'web', labels: { ...labels, do: 'restart' }, pid: 77, ...runs } },
    { container: { id: JOB, name: 'job', labels: { do: 'remove' }, pid: 88, ...runs } },
  ])
    server.tell(JSON.stringify(said));
  const directory = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const hook = join(directory, 'hook');
  const rules = join(directory, 'rules.yaml');
  writeFileSync(rules, RULES.replace('> hook', `> ${hook}`), { mode: 0o600 });
  const daemon = await startDaemon({
    stateDir: join(directory, 's'),
    engines: [`isulad=${server.endpoint}`],
    rules,
  });
  onTestFinished(() => daemon.close());
  const events = record(daemon.collector.events({ since: 0n }));
  const listed = record(daemon.containers.changes);
  if (!isListed(daemon)) await listed.until(() => isListed(daemon));
  return {
    ...{ daemon, server, events, hook },
    send: (name, state, options = {}) =>
      sendContainerEvent({ directory: join(directory, 's'), name, state: state as never, ...options }),
  };
}

function isListed({ containers }: Daemon): boolean {
  return [...containers.states].length === 2;
}

const states = ({ containers }: Daemon): unknown[] =>
  [...containers.states]
    .map(({ name, state, engine }: ContainerState) => `${engine} ${name} ${state}`)
    .toSorted();

describe.skipIf(grpcPython === undefined)(
  'records about the containers of an iSulad that is followed',
  () => {
    it('are its events: they have its names, and their rules act on it', async () => {
      const { daemon, server, events, hook, send } = await setUp();
      await send(JOB, 'kill', { extra: { signal: '9' } });
      await send(JOB, 'die', { pid: 88, exitCode: 137 });
      await send(WEB, 'die', { pid: 77, exitCode: 3 });
      await Promise.all([server.said(`Start ${WEB}`), server.said(`Delete ${JOB}`)]);
      await events.until(({ attributes }) => attributes['does'] === 'auto-remove');
      expect(readFileSync(hook, 'utf8')).toBe('job 137\n');
      const [kill] = events.values;
      expect(kill).toMatchObject({
        ...{ id: JOB, name: 'job', action: 'kill' },
        attributes: { name: 'job', image: 'busybox', do: 'remove', signal: '9' },
        source: { engine: 'isulad', endpoint: expect.stringMatching(/^fifo:/) },
      });
      const results = events.values.map(({ attributes: { does, result } }) => `${does} ${result}`);
      for (const result of ['auto-remove done', 'post-stop done', 'start done'])
        expect(results).toContain(result);
      await send(WEB, 'start', { pid: 1001 });
      await events.until(({ action, id: of }) => action === 'start' && of === WEB);
      // iSulad reports no removal.
      const removal = events.values.find(({ action }) => action === 'destroy');
      expect(removal).toMatchObject({
        id: JOB,
        name: 'job',
        attributes: { do: 'remove', reconciled: 'true' },
      });
      expect(states(daemon)).toEqual(['isulad job removed', 'isulad web running']);
    });

    it('get the description of a container that is new', async () => {
      const { server, events, send } = await setUp();
      server.tell(JSON.stringify({ container: { id: NEW, name: 'new', labels: { x: 'y' } } }));
      await send(NEW, 'create');
      for (let seen = 0; events.values.at(-1)?.name !== 'new'; seen++) {
        await send(NEW, 'top');
        await events.until((_, all) => all.length > seen + 1);
      }
      expect(events.values[0]).toMatchObject({ name: NEW, source: { engine: 'isulad' } });
      expect(events.values.at(-1)?.attributes).toMatchObject({ name: 'new', image: 'busybox', x: 'y' });
    });

    it('take no end of another run for one', async () => {
      const { daemon, events, send } = await setUp();
      await send(WEB, 'start', { pid: 100 });
      await send(WEB, 'die', { pid: 99, exitCode: 1 });
      const seen = await events.until(({ action }) => action === 'die');
      expect(seen.at(-1)?.attributes).toMatchObject({ stale: 'true', pid: '99', exitCode: '1' });
      expect(states(daemon)).toContain('isulad web running');
    });
  },
);
