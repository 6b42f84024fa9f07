/** A daemon of the built command, which gets inputs from outside, and its state after them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { must } from './target.ts';

/** The daemon is ready, and a request is answered, within this time: in ms. */
const WITHIN = 120_000;
/** Most memory of the daemon after all inputs: in KiB. */
const MEMORY = 512 * 1024;
/** Descriptors that it may have more than at first: files of the journal. */
const DESCRIPTORS = 40;
/** Time for an answer to an input before its connection is closed: in ms. */
const ANSWER = 40;

export class FuzzedDaemon {
  /** Count of good events that were sent between the inputs. */
  #sent = 0;
  #log = '';
  #exit: string | undefined;
  #descriptors = 0;
  #fifo = -1;
  readonly #directory: string;
  readonly #child: ChildProcess;

  private constructor(directory: string, child: ChildProcess) {
    this.#directory = directory;
    this.#child = child;
    child.stderr?.on('data', (bytes: Buffer) => (this.#log = (this.#log + bytes.toString()).slice(-100_000)));
    child.on('exit', (code, signal) => (this.#exit = String(signal ?? code)));
  }

  /** @param command path of the built command */
  static async start(command: string): Promise<FuzzedDaemon> {
    const directory = mkdtempSync('/tmp/tidings-fuzz-');
    const dirs = ['--state-dir', directory, '--data-dir', `${directory}/data`];
    const child = spawn(process.execPath, [command, 'serve', ...dirs, '--engine', 'none'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const daemon = new FuzzedDaemon(directory, child);
    await daemon.#until(() => daemon.#get('/_ping'), 'it does not start');
    const open = (): number =>
      openSync(`${directory}/monitord_fifo`, constants.O_WRONLY | constants.O_NONBLOCK);
    await daemon.#until(async () => (daemon.#fifo = open()), 'its FIFO cannot be opened');
    daemon.#descriptors = daemon.#openFiles();
    return daemon;
  }

  /** Writes into the FIFO once there is room. */
  async write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      try {
        at += writeSync(this.#fifo, bytes, at);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        this.#mustRun();
        await pause(1);
      }
    }
  }

  /** Sends an event that must arrive, whatever came before. */
  async sendGood(): Promise<void> {
    const n = String(this.#sent++);
    // A line feed ends what came before it.
    const name = `good-${n}`;
    const line = { type: 'container', action: 'start', id: name, name, attributes: { n } };
    await this.write(Buffer.from(`\n${JSON.stringify(line)}\n`));
  }

  /** Sends bytes over a connection of their own. @returns the beginning of the answer */
  async exchange(socket: 'tidings.sock' | 'isulad.sock', bytes: Buffer): Promise<Buffer> {
    this.#mustRun();
    return await new Promise((resolve) => {
      const client = connect(`${this.#directory}/${socket}`);
      const answer: Buffer[] = [];
      const timer = setTimeout(() => client.destroy(), ANSWER);
      client.on('error', () => undefined);
      client.on('data', (part) => {
        answer.push(part);
        if (socket === 'tidings.sock') client.destroy();
      });
      client.on('close', () => {
        clearTimeout(timer);
        resolve(Buffer.concat(answer));
      });
      client.end(bytes);
    });
  }

  /** Ends it, and states what it was like after all inputs. @throws Error if it is not well */
  async end(): Promise<string> {
    try {
      this.#mustRun();
      await this.sendGood();
      await this.#until(async () => (await this.#good()).size === this.#sent, 'a good event is missing');
      await this.#get('/healthz');
      const memory = Number(/VmRSS:\s+(\d+)/.exec(this.#proc('status'))?.[1]);
      must(memory < MEMORY, `it has ${memory} KiB`);
      const more = this.#openFiles() - this.#descriptors;
      must(more < DESCRIPTORS, `it has ${more} descriptors more than at first`);
      must(!/uncaught|unhandled|listeners added/i.test(this.#log), this.#log.slice(-2000));
      return `alive, ${Math.round(memory / 1024)} MiB, ${more} descriptors more than at first, ${this.#sent} of ${this.#sent} good events once`;
    } finally {
      this.#child.kill('SIGTERM');
      if (this.#exit === undefined) await new Promise((resolve) => this.#child.once('exit', resolve));
      rmSync(this.#directory, { recursive: true, force: true });
    }
  }

  /** Numbers of the good events that arrived. @throws Error if one came twice */
  async #good(): Promise<ReadonlySet<number>> {
    const body = await this.#get('/v1/events?since=0&follow=false&name=good-*');
    const numbers = new Set<number>();
    for (const line of body.split('\n')) {
      const n = /"id":"good-(\d+)"/.exec(line)?.[1];
      if (n === undefined) continue;
      must(!numbers.has(Number(n)), `good event ${n} came twice`);
      numbers.add(Number(n));
    }
    return numbers;
  }

  async #get(path: string): Promise<string> {
    return await new Promise((resolve, reject) => {
      const asked = request(
        { socketPath: `${this.#directory}/tidings.sock`, path: encodeURI(path) },
        (answer) => {
          let body = '';
          answer.setEncoding('utf8');
          answer.on('data', (text: string) => (body += text));
          answer.on('end', () => {
            if (answer.statusCode === 200) resolve(body);
            else reject(new Error(`${path}: ${answer.statusCode} ${body}`));
          });
        },
      );
      asked.on('error', reject);
      asked.end();
    });
  }

  /** Repeats until it succeeds. */
  async #until(work: () => Promise<unknown>, otherwise: string): Promise<void> {
    const end = performance.now() + WITHIN;
    let why = '';
    while (performance.now() < end) {
      this.#mustRun();
      try {
        if ((await work()) !== false) return;
      } catch (error) {
        why = String(error);
      }
      await pause(100);
    }
    throw new Error(`${otherwise}: ${why}`);
  }

  #mustRun(): void {
    if (this.#exit !== undefined)
      throw new Error(`the daemon ended (${this.#exit}): ${this.#log.slice(-2000)}`);
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.#child.pid}/${file}`, 'utf8');
  }

  #openFiles(): number {
    return readdirSync(`/proc/${this.#child.pid}/fd`).length;
  }
}
