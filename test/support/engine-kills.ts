/**
 * An engine and its follower, killed in turn while containers live and end, beside an observer that
 * is not interrupted: the records of the daemon, compared with those of the observer.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ask } from './unix-http.ts';

/** A start or an end of a container: `start`, `die CODE`. */
export interface Seen {
  readonly name: string;
  readonly word: string;
}

/** An engine with an observer of its containers whose path does not lead through the engine. */
export interface Observed {
  readonly name: string;
  readonly endpoint: string;
  /** Runs a container that sleeps; resolves once it runs. */
  launch(name: string): Promise<unknown>;
  /** Ends a container with exit code 137, without the engine. */
  end(name: string): Promise<unknown>;
  kill(): Promise<unknown>;
  start(): Promise<unknown>;
  /** Everything that the observer has seen. */
  observed(): Promise<readonly Seen[]>;
}

type Victim = 'engine' | 'tidings';

export interface EngineKills {
  readonly kills: Readonly<Record<Victim, number>>;
  /** Starts and ends that the observer saw. */
  readonly observed: number;
  /** Of those, not recorded by the daemon. */
  readonly missed: number;
  /** Recorded more often than seen. */
  readonly twice: number;
  /**
   * Ends with an exit code other than the observer's, or none: an engine that is killed as a
   * container ends can lose it.
   */
  readonly otherCode: number;
  /** Those ends as the daemon recorded them. */
  readonly otherEnds: readonly string[];
  /** Recorded as derived from a list. */
  readonly reconciled: number;
  /** Gaps that the daemon reported. */
  readonly gaps: number;
}

/** The sum of several trials. */
export function sumOfKills(all: readonly EngineKills[]): EngineKills {
  const sum = (of: (each: EngineKills) => number): number => all.reduce((total, each) => total + of(each), 0);
  return {
    kills: { engine: sum(({ kills }) => kills.engine), tidings: sum(({ kills }) => kills.tidings) },
    observed: sum(({ observed }) => observed),
    missed: sum(({ missed }) => missed),
    twice: sum(({ twice }) => twice),
    otherCode: sum(({ otherCode }) => otherCode),
    otherEnds: all.flatMap(({ otherEnds }) => otherEnds),
    reconciled: sum(({ reconciled }) => reconciled),
    gaps: sum(({ gaps }) => gaps),
  };
}

/** A line of `/v1/events`. */
interface Line {
  readonly kind: string;
  readonly type?: string;
  readonly action?: string;
  readonly name?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Prefix of the containers of a trial. */
const PREFIX = 'life-';

/** The daemon under test, with a journal, as a process of its own. */
class Follower {
  readonly #command: string;
  readonly #directory: string;
  readonly #engine: string;
  #process: ChildProcess | undefined;

  constructor(command: string, directory: string, { name, endpoint }: Observed) {
    this.#command = command;
    this.#directory = directory;
    this.#engine = `${name}=${endpoint}`;
  }

  /** Starts it, and resolves once the engine is connected. */
  async start(): Promise<void> {
    const state = join(this.#directory, 's');
    const args = [
      'serve',
      '--state-dir',
      state,
      '--data-dir',
      join(this.#directory, 'd'),
      '--engine',
      this.#engine,
    ];
    const env = { PATH: process.env['PATH'], HOME: this.#directory, XDG_CONFIG_HOME: this.#directory };
    this.#process = spawn(process.execPath, [this.#command, ...args], { env, stdio: 'ignore' });
    while (!(await this.isConnected())) await delay(50);
  }

  async isConnected(): Promise<boolean> {
    const answer = await this.#get('/v1/engines').catch(() => undefined);
    return answer?.includes('"state":"connected"') === true;
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async lines(): Promise<readonly Line[]> {
    const text = await this.#get('/v1/events?since=0&follow=false');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  }

  async #get(path: string): Promise<string> {
    return (await ask(join(this.#directory, 's', 'tidings.sock'), 'GET', path)).body;
  }
}

/** Starts and ends of the trial's containers. */
function livesOf(lines: readonly Line[]): (Seen & { readonly isReconciled: boolean })[] {
  return lines.flatMap(({ type, action, name = '', attributes = {} }) => {
    if (type !== 'container' || !name.startsWith(PREFIX) || attributes['noise'] !== undefined) return [];
    if (action !== 'start' && action !== 'die') return [];
    const word = action === 'start' ? action : `die ${attributes['exitCode'] ?? '?'}`;
    return [{ name, word, isReconciled: attributes['reconciled'] === 'true' }];
  });
}

function countOf(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** Counts by name and word, with or without exit codes. */
function livesIn(all: readonly Seen[], withCodes: boolean): Map<string, number> {
  return countOf(all.map(({ name, word }) => `${name} ${withCodes ? word : word.split(' ')[0]}`));
}

/** The keys with higher counts in `these` than in `those`. */
function above(these: Map<string, number>, those: Map<string, number>): string[] {
  return [...these].filter(([key, count]) => count > (those.get(key) ?? 0)).map(([key]) => key);
}

export interface KillsOptions {
  readonly rounds: number;
  /** The bundled command. */
  readonly command: string;
  /** A short path, which is empty. */
  readonly directory: string;
  readonly random: () => number;
  /** Called after each round, with its number and the result so far. */
  readonly onRound?: (round: number, result: EngineKills) => void;
}

/** Plays the rounds: in odd ones the engine is killed, in even ones the daemon. */
export async function engineKills(engine: Observed, options: KillsOptions): Promise<EngineKills> {
  const { rounds, command, directory, random, onRound } = options;
  const follower = new Follower(command, directory, engine);
  const kills = { engine: 0, tidings: 0 };
  const result = async (): Promise<EngineKills> => {
    const lines = await follower.lines();
    const told = livesOf(lines);
    const observed = await engine.observed();
    const [theirs, ours] = [livesIn(observed, false), livesIn(told, false)];
    const missed = above(theirs, ours).length;
    return {
      kills: { ...kills },
      observed: observed.length,
      missed,
      twice: above(ours, theirs).length,
      otherCode: above(livesIn(observed, true), livesIn(told, true)).length - missed,
      otherEnds: above(livesIn(told, true), livesIn(observed, true)),
      reconciled: told.filter(({ isReconciled }) => isReconciled).length,
      gaps: lines.filter(({ type, action }) => type === 'daemon' && action === 'gap').length,
    };
  };
  /**
   * The result once everything has been reported, or after 10 s: events not reported by then are
   * missed.
   */
  const settled = async (): Promise<EngineKills> => {
    for (let i = 0; i < 100; i++) {
      const now = await result();
      if (now.missed === 0) return now;
      await delay(100);
    }
    return await result();
  };
  try {
    await follower.start();
    for (let round = 1; round <= rounds; round++) {
      const victim: Victim = round % 2 === 1 ? 'engine' : 'tidings';
      const names = ['a', 'b', 'c'].map((letter) => `${PREFIX}${round}-${letter}`);
      const [stays = '', during = '', around = ''] = names;
      for (const name of names) await engine.launch(name);
      const ending = engine.end(around);
      await delay(random() * 60);
      await (victim === 'engine' ? engine.kill() : follower.kill());
      kills[victim]++;
      await ending;
      await engine.end(during);
      await delay(random() * 300);
      await (victim === 'engine' ? engine.start() : follower.start());
      while (!(await follower.isConnected())) await delay(50);
      await engine.end(stays).catch(() => undefined);
      onRound?.(round, await settled());
    }
    return await settled();
  } finally {
    await follower.kill();
  }
}

/** Ends a process of a container, if it still runs. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** True while a process runs: a zombie has ended. */
export function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
