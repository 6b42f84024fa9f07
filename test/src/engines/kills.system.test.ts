/**
 * Each engine and the daemon that follows it, killed in turn with SIGKILL beside an observer that is
 * not interrupted. `ENGINE_KILLS=100` makes as many rounds for each engine. With
 * `ENGINE_KILLS_FILE=PATH` each finished round is kept there, and a later run continues after them.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { bundledCommand } from '../../support/bundled.ts';
import { Containerd, containerdAvailable } from '../../support/containerd.ts';
import { Dockerd, dockerdAvailable } from '../../support/dockerd-process.ts';
import {
  type EngineKills,
  engineKills,
  endProcess,
  type Observed,
  runs,
  type Seen,
  sumOfKills,
} from '../../support/engine-kills.ts';
import { type GrpcServer, grpcServer } from '../../support/grpc-server.ts';
import { grpcPython } from '../../support/isulad-client.ts';
import { Podman, podmanAvailable } from '../../support/podman.ts';

/** Enough for each run of the tests; more on request. */
const ROUNDS = Number(process.env['ENGINE_KILLS'] ?? 2);
const FILE = process.env['ENGINE_KILLS_FILE'];
const SLEEPS = ['sleep', '1000'];

/** A finished round: the result of its run so far. */
interface Kept {
  readonly engine: string;
  readonly run: number;
  readonly now: EngineKills;
}

/** The results of earlier runs for an engine. */
function earlier(engine: string): readonly EngineKills[] {
  if (FILE === undefined || !existsSync(FILE)) return [];
  const lines = readFileSync(FILE, 'utf8').split('\n').slice(0, -1);
  const kept = lines.map((line) => JSON.parse(line) as Kept).filter((each) => each.engine === engine);
  return [...new Map(kept.map(({ run, now }) => [run, now])).values()];
}

const results: Record<string, EngineKills> = {};

/** Runs a program until the test ends, and emits the lines that it prints. */
function watch(program: string, args: readonly string[], onLine: (line: string) => void): void {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  createInterface({ input: child.stdout }).on('line', onLine);
  onTestFinished(() => void child.kill('SIGKILL'));
}

async function trial(engine: Observed): Promise<EngineKills> {
  const directory = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const before = earlier(engine.name);
  const { kills } = sumOfKills(before);
  const run = Date.now();
  const result = await engineKills(engine, {
    rounds: Math.max(0, ROUNDS - kills.engine - kills.tidings),
    command: bundledCommand(),
    directory,
    random: Math.random,
    onRound: (round, now) => {
      process.stderr.write(`${engine.name} ${round}: ${JSON.stringify(now)}\n`);
      if (FILE === undefined) return;
      const kept: Kept = { engine: engine.name, run, now };
      appendFileSync(FILE, `${JSON.stringify(kept)}\n`);
    },
  });
  const all = sumOfKills([...before, result]);
  results[engine.name] = all;
  return all;
}

/** dockerd on a containerd that is not killed: that one's events are the observer's. */
async function observedDocker(): Promise<Observed> {
  const below = new Containerd();
  onTestFinished(() => below.remove());
  await below.start();
  const dockerd = new Dockerd(['--containerd', below.socket]);
  onTestFinished(() => dockerd.remove());
  await dockerd.start();
  await dockerd.importImage();
  const names = new Map<string, string>();
  const pids = new Map<string, number>();
  const told: { readonly id: string; readonly word: string }[] = [];
  watch('ctr', ['-a', below.socket, 'events'], (line) => {
    const [, topic = '', text = ''] = / moby (\/tasks\/(?:start|exit)) (\{.*\})$/.exec(line) ?? [];
    if (topic === '') return;
    const { container_id: id, id: process = id, pid, exit_status: code = 0 } = JSON.parse(text);
    if (process !== id) return;
    if (topic === '/tasks/start') pids.set(id, pid);
    told.push({ id, word: topic === '/tasks/start' ? 'start' : `die ${code}` });
  });
  return {
    name: 'docker',
    endpoint: dockerd.endpoint,
    launch: async (name) => {
      const id = await dockerd.create({ name, command: SLEEPS });
      names.set(id, name);
      await dockerd.api('POST', `/containers/${id}/start`);
      while (!pids.has(id)) await delay(10);
    },
    end: async (name) => {
      const id = [...names].find(([, each]) => each === name)?.[0] ?? '';
      endProcess(pids.get(id) as number);
      while (!told.some((each) => each.id === id && each.word.startsWith('die'))) await delay(10);
    },
    kill: () => dockerd.end('SIGKILL'),
    start: () => dockerd.start(),
    observed: () => Promise.resolve(told.map(({ id, word }) => ({ name: names.get(id) ?? id, word }))),
  };
}

/** podman's own command reads its log without the service. */
async function observedPodman(): Promise<Observed> {
  const service = new Podman();
  onTestFinished(() => service.remove());
  await service.importImage();
  await service.start();
  const seen: Seen[] = [];
  const watching = service.watch((line) => {
    const { Name: name, Status: status, ContainerExitCode: code = 0, Type: type } = JSON.parse(line);
    if (type !== 'container') return;
    if (status === 'start') seen.push({ name, word: 'start' });
    if (status === 'died') seen.push({ name, word: `die ${code}` });
  });
  onTestFinished(() => void watching.kill('SIGKILL'));
  return {
    name: 'podman',
    endpoint: service.endpoint,
    launch: (name) => service.launch(name, SLEEPS),
    end: async (name) => {
      await service.command('kill', name);
      while (!seen.some((each) => each.name === name && each.word.startsWith('die'))) await delay(10);
    },
    kill: () => service.kill(),
    start: () => service.start(),
    observed: () => Promise.resolve(seen),
  };
}

/** The kernel tells when a container of containerd begins and ends. */
async function observedContainerd(): Promise<Observed> {
  const server = new Containerd();
  onTestFinished(() => server.remove());
  await server.start();
  await server.importImage();
  const pids = new Map<string, number>();
  const ended = async (pid: number): Promise<void> => {
    while (runs(pid)) await delay(10);
  };
  const seen = (): Seen[] =>
    [...pids].flatMap(([name, pid]) => [
      { name, word: 'start' },
      ...(runs(pid) ? [] : [{ name, word: 'die 137' }]),
    ]);
  return {
    name: 'containerd',
    endpoint: server.endpoint,
    launch: async (name) => {
      await server.run(server.id(name), ['/bin/sleep', '1000'], '-d', '--label', `nerdctl/name=${name}`);
      const line = (await server.ctr('task', 'ls'))
        .split('\n')
        .find((each) => each.startsWith(server.id(name)));
      pids.set(name, Number(line?.split(/\s+/)[1]));
    },
    end: async (name) => {
      const pid = pids.get(name) as number;
      endProcess(pid);
      await ended(pid);
    },
    kill: () => server.kill(),
    start: () => server.start(),
    observed: () => Promise.resolve(seen()),
  };
}

/** The model does as it is told: the observer is the one who tells it. */
async function observedIsulad(): Promise<Observed> {
  const directory = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const [socket, state] = [`${directory}/s`, `${directory}/state`];
  let server: GrpcServer | undefined = await grpcServer('isulad-daemon.py', socket, state);
  const seen: Seen[] = [];
  /** Containers that ended while there was no iSulad: it finds that at its start. */
  const late: string[] = [];
  const idOf = (name: string): string => createHash('sha256').update(name).digest('hex');
  const put = (name: string, more: object): void =>
    server?.tell(JSON.stringify({ container: { id: idOf(name), name, ...more } }));
  const event = (name: string, opt: string, more: object = {}): void =>
    server?.tell(JSON.stringify({ event: [`container ${opt}`, idOf(name), more] }));
  let said = 0;
  let pending = Promise.resolve();
  const carriedOut = async (): Promise<void> => {
    const word = `carried out ${++said}`;
    server?.tell(JSON.stringify({ say: word }));
    await server?.said(word);
  };
  const over = { status: 4, pid: 0, exitCode: 137 };
  return {
    name: 'isulad',
    endpoint: `unix://${socket}`,
    launch: async (name) => {
      put(name, { status: 3, pid: 7 });
      event(name, 'create');
      event(name, 'start');
      seen.push({ name, word: 'start' });
      await carriedOut();
    },
    end: async (name) => {
      seen.push({ name, word: 'die 137' });
      if (server === undefined) late.push(name);
      else {
        put(name, over);
        event(name, 'die', { exitCode: '137' });
        pending = carriedOut();
        await pending;
      }
    },
    kill: async () => {
      // A command that is cut off may have been carried out or not.
      await pending;
      await server?.kill();
      server = undefined;
    },
    start: async () => {
      rmSync(socket, { force: true });
      server = await grpcServer('isulad-daemon.py', socket, state);
      for (const name of late.splice(0)) put(name, over);
      await carriedOut();
    },
    observed: () => Promise.resolve(seen),
  };
}

describe('an engine and its follower that are killed in turn', { timeout: 120_000 + ROUNDS * 60_000 }, () => {
  afterAll(() => {
    const lines = Object.entries(results).map(
      ([name, { kills, ...counts }]) =>
        `${name}: ${kills.engine} and ${kills.tidings} kills, ${Object.entries(counts)
          .map(([key, n]) => `${key} ${String(n)}`)
          .join(', ')}`,
    );
    process.stderr.write(`${lines.join('\n')}\n`);
  });

  it.skipIf(!dockerdAvailable || !containerdAvailable)(
    'docker: nothing is missed or told twice',
    async () => {
      expect(await trial(await observedDocker())).toMatchObject({ missed: 0, twice: 0 });
    },
  );

  it.skipIf(!podmanAvailable)('podman: nothing is missed or told twice, without a gap', async () => {
    expect(await trial(await observedPodman())).toMatchObject({ missed: 0, twice: 0, gaps: 0 });
  });

  it.skipIf(!containerdAvailable)('containerd: nothing is missed or told twice', async () => {
    expect(await trial(await observedContainerd())).toMatchObject({ missed: 0, twice: 0 });
  });

  it.skipIf(grpcPython === undefined)('a model of iSulad: nothing is missed or told twice', async () => {
    expect(await trial(await observedIsulad())).toMatchObject({ missed: 0, twice: 0 });
  });
});
