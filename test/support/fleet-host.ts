/** A host of a trial: a daemon with a journal that publishes to a fleet, and that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { lastValueFrom, toArray } from 'rxjs';
import { createCollector } from '../../src/collector/collector.ts';
import { journalIn, readJournal } from '../../src/journal.ts';
import type { Place } from './fleet-network.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * It appends a few events in each interval until SIGUSR2, and says once all of them are on disk. Their
 * times go back by up to 12 ms, as those of several engines on one host do. It ends with its parent.
 */
const DAEMON = `
import { writeSync } from 'node:fs';
import { parseCursor } from './src/collector/cursor.ts';
import { startDaemon } from './src/daemon/index.ts';
const [, , directory, every] = process.argv;
const daemon = await startDaemon({ stateDir: directory + '/s', dataDir: directory + '/d', engines: ['none'], forward: directory + '/forward.yaml', env: {} });
const { collector } = daemon;
let stopped = false;
const isDurable = () => parseCursor(collector.durable).seq >= parseCursor(collector.newest).seq;
process.on('SIGUSR2', () => {
  stopped = true;
  const look = setInterval(() => { if (isDurable()) { clearInterval(look); writeSync(1, 'stopped\\n'); } }, 10);
});
process.stdin.on('end', () => process.exit()).resume();
writeSync(1, 'ready\\n');
let n = 0;
setInterval(() => {
  if (stopped) return;
  collector.append(Array.from({ length: 1 + n++ % 3 }, (_, i) => ({
    timeNano: BigInt(Date.now() - (n * 5 + i * 7) % 13) * 1000000n, type: 'container', action: i % 2 ? 'die' : 'start',
    id: 'c' + n % 7, name: 'web-' + n % 7, attributes: { image: 'busybox:1' }, source: { engine: 'docker' },
  })));
}, Number(every));
`;

/** Builds the program of hosts; its path. */
export function buildHost(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const outfile = join(directory, 'daemon.mjs');
  buildSync({
    ...{ stdin: { contents: DAEMON, resolveDir: root, loader: 'ts' }, outfile, bundle: true },
    ...{ platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' },
  });
  const modules = join(directory, 'node_modules');
  if (!existsSync(modules)) symlinkSync(join(root, 'node_modules'), modules);
  return outfile;
}

export interface FleetHostOptions {
  /** The directory of the trial. */
  readonly directory: string;
  readonly name: string;
  readonly program: string;
  /** The servers. */
  readonly url: string;
  readonly replicas: number;
  /** Time between its events: in ms. */
  readonly every: number;
  readonly place: Place;
}

export class FleetHost {
  readonly name: string;
  readonly place: Place;
  readonly #options: FleetHostOptions;
  readonly #directory: string;
  #child: ChildProcess | undefined;
  #lines: AsyncIterator<string> | undefined;

  constructor(options: FleetHostOptions) {
    const { directory, name, url, replicas, place } = options;
    this.name = name;
    this.place = place;
    this.#options = options;
    this.#directory = join(directory, name);
    mkdirSync(this.#directory, { recursive: true });
    const sink = `{ url: '${url}', host: ${name}, replicas: ${replicas} }`;
    const text = `forward:\n  - name: fleet\n    batch: { every: 20ms }\n    fleet: ${sink}\n`;
    writeFileSync(join(this.#directory, 'forward.yaml'), text);
  }

  async start(): Promise<void> {
    const { program, every } = this.#options;
    const words = [...this.place.under, process.execPath, program, this.#directory, String(every)];
    const child = spawn(words[0] as string, words.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    await this.#lines.next();
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Ends its events; all of them are in its journal then. */
  async stopEvents(): Promise<void> {
    this.#child?.kill('SIGUSR2');
    await this.#lines?.next();
  }

  /** The cursors of all events in its journal. */
  async recorded(): Promise<readonly string[]> {
    const journal = readJournal({ directory: journalIn(join(this.#directory, 'd')) });
    if (journal === undefined) throw new Error(`no journal of ${this.name}`);
    const { epoch, first, archive } = journal;
    const collector = createCollector({ epoch, first, archive, limit: 1 });
    const events = await lastValueFrom(collector.events({ since: 0n, follow: false }).pipe(toArray()));
    await journal.close();
    return events.map((event) => collector.cursorOf(event));
  }
}
