/** The simulated world: a machine with a daemon, engines, senders and readers, and what goes wrong with all of them. */
import { crc32 } from 'node:zlib';
import { startDaemon } from '../../src/daemon/index.ts';
import type { Daemon } from '../../src/daemon/daemon.ts';
import type { DaemonOptions } from '../../src/daemon/options.ts';
import { parseCursor } from '../../src/collector/cursor.ts';
import type { Query } from '../../src/collector/query.ts';
import { FAULT_NAMES, FAULTS, meanWait, NEEDS_SYNC, type Victim } from './faults.ts';
import { setHost } from './machine/current.ts';
import { Disk } from './machine/disk.ts';
import { setOnCall } from './machine/fs.ts';
import { Machine, Process } from './machine/machine.ts';
import { Network } from './machine/network.ts';
import { Docker } from './outside/docker.ts';
import { Reader } from './outside/reader.ts';
import { Receiver } from './outside/receiver.ts';
import { Sender } from './outside/sender.ts';
import { Random } from './random.ts';
import { Subscriber } from './outside/subscriber.ts';
import { Trace } from './trace.ts';
import { Truth } from './truth.ts';

export interface Plan {
  readonly seed: number;
  /** Virtual time until all is repaired: in minutes. */
  readonly minutes: number;
  /** Faults that do not happen though they were drawn. */
  readonly without: ReadonlySet<string>;
}

/** An invariant that does not hold. */
export interface Violation {
  readonly invariant: string;
  readonly detail: string;
}

/** A daemon that runs, or starts. */
interface Life {
  readonly number: number;
  readonly process: Process;
  daemon: Daemon | undefined;
  /** Number of its first event, once it runs. */
  first: number;
  /** Time of its start by the machine: in µs. */
  readonly begun: number;
}

/** Subscriptions of a daemon without clients: journal, states, rules, and ours. */
export const OWN = 4;

const STATE_DIR = '/sim/run';
const DATA_DIR = '/sim/data';
export const JOURNAL_DIR: string = `${DATA_DIR}/journal`;
const NUMBERS = `${JOURNAL_DIR}/numbers`;
const ENDPOINT = `unix://${STATE_DIR}/tidings.sock`;
const HOUR = 3_600_000;
/** Most events that are delivered before they are recorded: see docs/journal.md. */
const BATCH = 256;
/** Most readers of a seed: the checks look at what each of them had. */
const READERS = 17;

export class World implements Victim {
  readonly plan: Plan;
  readonly random: Random;
  readonly machine: Machine;
  readonly disk: Disk = new Disk();
  readonly network: Network;
  readonly trace: Trace;
  readonly truth: Truth = new Truth();
  readonly engines: readonly Docker[];
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly readers: Reader[] = [];
  readonly subscribers: Subscriber[] = [];
  readonly violations: Violation[] = [];
  readonly counts: Map<string, number> = new Map();
  readonly options: DaemonOptions;
  readonly drawn: readonly string[];
  life: Life | undefined;
  lives = 0;
  /** Start of each daemon by the machine: in µs. */
  readonly begun: number[] = [];
  /** Faults happen, and there is something to do. */
  isBusy = true;
  /** Called once a daemon has started, before anything else happens. */
  onStarted: (life: Life) => void = () => undefined;
  /** The first number delivered in that step of the machine. */
  #delivered = { step: -1, first: 0 };
  #repairs = new Set<() => void>();
  #callsLeft = Number.POSITIVE_INFINITY;
  #onLastCall: () => void = () => undefined;

  constructor(plan: Plan) {
    this.plan = plan;
    this.random = new Random(plan.seed);
    this.machine = new Machine(this.random.fork());
    this.network = new Network(this.machine);
    this.trace = new Trace(this.machine);
    this.receiver = new Receiver(this.machine);
    this.network.fetch = async (_, init) => await this.receiver.fetch(init);
    setHost({ machine: this.machine, disk: this.disk, network: this.network });
    setOnCall(() => this.#onCall());
    this.machine.onError = (error) => this.violate('every error is caught', describe(error));
    const { random } = this;
    this.engines = Array.from(
      { length: random.between(1, 2) },
      (_, i) => new Docker(this.machine, this.network, `/sim/engine${i}.sock`, random.fork()),
    );
    this.sender = new Sender(random.fork());
    this.options = this.#drawOptions();
    const isSynced = this.options.durability === 'fsync';
    this.drawn = FAULT_NAMES.filter((fault) => random.chance(0.4) && (isSynced || !NEEDS_SYNC.has(fault)));
  }

  violate(invariant: string, detail: string): void {
    this.violations.push({ invariant, detail });
    this.trace.add(`VIOLATION: ${invariant}: ${detail}`);
  }

  /** Begins: the daemon starts, and work and faults come from then on. */
  begin(): void {
    const { plan, random, drawn } = this;
    this.trace.add(`seed ${plan.seed}: ${drawn.join(', ') || 'no faults'}`);
    this.trace.add(JSON.stringify({ ...this.options, log: undefined }));
    this.startDaemon();
    for (const engine of this.engines) {
      const mean = random.pick([200, 600, 2400]);
      this.#often(
        () => engine.random.wait(mean),
        () => engine.act(),
      );
    }
    const sending = random.pick([300, 1500, 8000]);
    this.#often(
      () => random.wait(sending),
      () => this.sender.send(),
    );
    for (let i = 0; i < 2; i++) this.machine.later(random.wait(2000), () => this.addReader(true));
    this.#often(
      () => random.wait(5000),
      () => this.addReader(false),
    );
    this.#often(
      () => random.wait(6000),
      () => this.addSubscriber(),
    );
    for (const fault of drawn) {
      if (plan.without.has(fault)) continue;
      this.#often(
        () => random.wait(meanWait(fault)),
        () => this.#fault(fault),
      );
    }
  }

  /** Ends all faults; what is not there comes back. */
  repair(): void {
    this.trace.add('repaired');
    this.isBusy = false;
    for (const repair of this.#repairs) repair();
    this.#repairs.clear();
    this.#callsLeft = Number.POSITIVE_INFINITY;
    for (const engine of this.engines) if (!engine.isUp || engine.isMute) this.#startEngine(engine);
    for (const reader of this.readers) if (reader.isPaused) reader.pause(false);
    if (this.life === undefined) this.startDaemon();
  }

  startDaemon(): void {
    if (this.life !== undefined) return;
    const number = ++this.lives;
    const process = new Process('daemon');
    const life: Life = { number, process, daemon: undefined, first: 0, begun: this.machine.now };
    this.life = life;
    this.begun.push(life.begun);
    this.receiver.life = number;
    this.trace.add(`daemon ${number} starts`);
    this.machine.start(life.process, () => {
      startDaemon({ ...this.options, log: this.trace.log }).then(
        (daemon) => this.#started(life, daemon),
        (error: unknown) => {
          if (!life.process.alive) return;
          this.trace.add(`daemon ${number} cannot start: ${describe(error)}`);
          this.#gone(life);
        },
      );
    });
  }

  #started(life: Life, daemon: Daemon): void {
    if (!life.process.alive) return;
    life.daemon = daemon;
    const { collector } = daemon;
    const { epoch, seq } = parseCursor(daemon.begin);
    life.first = seq + 1;
    const { highest, flips } = this.truth;
    const before = highest.get(epoch) ?? 0;
    if (life.first <= before && flips === 0)
      this.violate('a number is used once', `${life.first} comes after ${before}`);
    const live = new Set<string>();
    this.machine.as(life.process, () =>
      collector.events({ cursor: daemon.begin }).subscribe((event) => {
        if (!life.process.alive) return;
        highest.set(epoch, Math.max(highest.get(epoch) ?? 0, event.seq));
        const { steps } = this.machine;
        if (this.#delivered.step !== steps) this.#delivered = { step: steps, first: event.seq };
        const { endpoint = '' } = event.source;
        if (!live.has(endpoint)) {
          const report = daemon.engines().find(({ source }) => source.endpoint === endpoint);
          if (report === undefined || report.state === 'connected') live.add(endpoint);
        }
        const wrong = this.truth.add(event, life.number, live.has(endpoint), this.machine.wall);
        if (wrong !== undefined) this.violate('a number is used once', `daemon ${life.number}: ${wrong}`);
      }),
    );
    this.trace.add(`daemon ${life.number} runs from ${daemon.begin}`);
    this.onStarted(life);
  }

  stopDaemon(): void {
    const { life } = this;
    if (life?.daemon === undefined) return;
    const { daemon } = life;
    this.trace.add(`daemon ${life.number} is stopped`);
    this.machine.start(life.process, () => {
      void this.#close(life, daemon);
    });
  }

  async #close(life: Life, daemon: Daemon): Promise<void> {
    try {
      await daemon.close();
    } catch (error) {
      this.violate('a daemon ends in order', describe(error));
    }
    if (!life.process.alive) return;
    this.note(life, this.truth.diskFailed || this.options.durability === 'none');
    this.#gone(life);
  }

  killDaemon(): void {
    const { life } = this;
    if (life === undefined) return;
    this.trace.add(`daemon ${life.number} is killed`);
    this.note(life, this.truth.diskFailed || this.options.durability === 'none');
    this.#gone(life);
  }

  /** At one of its next calls into the system. */
  killInCall(): void {
    this.#callsLeft = this.random.between(1, 200);
    this.#onLastCall = () => {
      this.#noteBatch();
      this.killDaemon();
    };
  }

  /** Events are delivered batch by batch, and recorded after it: a kill in between takes the last batch. */
  #noteBatch(): void {
    const { newest, mayBeLost } = this.truth;
    if (this.#delivered.step !== this.machine.steps) return;
    mayBeLost.push({ from: Math.max(this.#delivered.first, newest - BATCH + 1), to: newest });
  }

  /** The same: what the call would have synced, and what it has just written, may be gone. */
  cutPowerInCall(): void {
    this.#callsLeft = this.random.between(1, 60);
    this.#onLastCall = () => this.cutPower();
  }

  cutPower(): void {
    const { life } = this;
    this.trace.add('the power is cut');
    if (life !== undefined) {
      this.note(life, true, this.options.durability === 'fsync');
      this.#gone(life);
    }
    this.disk.cutPower(this.random);
  }

  /** Notes the numbers that an end may take. @param isFirm true if durable numbers stay */
  note(life: Life, mayLose: boolean, isFirm: boolean = this.options.durability !== 'none'): void {
    const { daemon } = life;
    // Nothing tells how far it came while it started.
    if (daemon === undefined)
      return void (
        mayLose && this.truth.mayBeLost.push({ from: this.truth.newest + 1, to: Number.POSITIVE_INFINITY })
      );
    const durable = parseCursor(daemon.collector.durable ?? daemon.collector.oldest).seq;
    if (isFirm) this.truth.acknowledged.push({ from: life.first, to: durable });
    const from = isFirm ? Math.max(life.first, durable + 1) : 1;
    if (mayLose) this.truth.mayBeLost.push({ from, to: parseCursor(daemon.collector.newest).seq });
  }

  fillDisk(isFull: boolean): void {
    this.disk.capacity = isFull ? this.disk.bytes + this.random.between(0, 3000) : Number.POSITIVE_INFINITY;
  }

  flipBit(): void {
    const files = [...this.disk.names.keys()].filter((name) => name.startsWith(JOURNAL_DIR));
    if (files.length === 0) return;
    const name = this.random.pick(files);
    // The numbers have two copies: without both, the journal begins another numbering.
    if (name === NUMBERS && !hasBothCopies(this.disk.names.get(name)?.live)) return;
    const at = this.disk.flipBit(name, this.random);
    if (at === undefined) return;
    this.truth.flips++;
    this.trace.add(`a bit of ${name} flips at ${at}`);
  }

  anyEngine(): Docker {
    return this.random.pick(this.engines);
  }

  restartEngine(): void {
    const engine = this.anyEngine();
    if (!engine.isUp) return;
    engine.stop();
    this.machine.later(this.random.wait(4000), () => this.#startEngine(engine));
  }

  muteEngine(): void {
    const engine = this.anyEngine();
    if (!engine.isUp) return;
    engine.isMute = true;
    this.machine.later(this.random.wait(20_000), () => {
      if (!engine.isMute) return;
      engine.isMute = false;
      engine.cut();
    });
  }

  flood(): void {
    const engine = this.anyEngine();
    for (let i = this.random.between(20, 350); i > 0; i--) engine.act();
  }

  pauseReader(): void {
    const reader = this.random.pick(this.readers);
    if (reader === undefined || reader.ended !== undefined || reader.isPaused) return;
    reader.pause(true);
    this.machine.later(this.random.wait(8000), () => reader.isPaused && reader.pause(false));
  }

  replaceReader(): void {
    const passing = this.readers.filter(({ ended, options }) => ended === undefined && !options.stays);
    if (passing.length > 0) this.random.pick(passing).leave();
  }

  /** A client that is gone again before, or just after, its answer begins. */
  hastyReader(): void {
    const reader = this.addReader(false);
    if (reader !== undefined) this.machine.later(this.random.wait(1), () => reader.leave());
  }

  /** @param stays whether it reads everything, for ever */
  addReader(stays: boolean): Reader | undefined {
    if (!this.isBusy || (!stays && this.readers.length >= READERS)) return undefined;
    const query = stays ? { since: 0n } : this.#drawQuery();
    const { random } = this;
    const name = `reader ${this.readers.length}`;
    this.trace.add(
      `${name} asks for ${JSON.stringify(query, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`,
    );
    const reader = new Reader(this.machine, { name, endpoint: ENDPOINT, query, stays });
    this.readers.push(reader);
    if (query.until !== undefined && random.chance(0.5)) this.#pauseBeyond(reader, query.until);
    return reader;
  }

  /** Pauses a reader until its window has ended: it then has more to read than its socket holds. */
  #pauseBeyond(reader: Reader, until: bigint): void {
    reader.pause(true);
    const left = Math.max(0, Number(until / 1_000_000n) - this.machine.wall);
    this.machine.later(left + this.random.wait(2000), () => reader.isPaused && reader.pause(false));
  }

  /** Subscribes as a program does that holds the collector itself. */
  addSubscriber(): void {
    const { life, random } = this;
    if (
      !this.isBusy ||
      life?.daemon === undefined ||
      this.subscribers.filter(({ isAlive }) => isAlive).length > 8
    )
      return;
    const name = random.pick<readonly string[]>([
      ...[[`c${random.between(0, 19)}`], [`c${random.between(0, 9)}`, `r${random.between(10, 19)}`]],
    ]);
    const { collector } = life.daemon;
    this.subscribers.push(this.machine.as(life.process, () => new Subscriber(collector, name, life.process)));
  }

  /** A state of the world that ends by itself. */
  forAWhile(mean: number, set: (is: boolean) => void): void {
    const end = (): void => {
      if (!this.#repairs.delete(end)) return;
      set(false);
    };
    this.#repairs.add(end);
    set(true);
    this.machine.later(this.random.wait(mean), end);
  }

  #startEngine(engine: Docker): void {
    if (!engine.isUp) engine.start();
    else if (engine.isMute) {
      engine.isMute = false;
      engine.cut();
    }
  }

  #fault(fault: string): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
    this.trace.add(`fault: ${fault}`);
    if (fault.startsWith('disk') || fault.endsWith('fails'))
      this.truth.diskFailed ||= fault !== 'receiver fails';
    FAULTS[fault]?.(this);
  }

  #often(wait: () => number, work: () => void): void {
    const again = (): void => {
      if (!this.isBusy) return;
      work();
      this.machine.later(wait(), again);
    };
    this.machine.later(wait(), again);
  }

  /** A process is over; another daemon starts soon. */
  #gone(life: Life): void {
    this.machine.end(life.process);
    if (this.life !== life) return;
    this.life = undefined;
    this.#callsLeft = Number.POSITIVE_INFINITY;
    const wait = this.random.pick([5, 300, 6000]);
    this.machine.later(this.isBusy ? this.random.wait(wait) : 1, () => this.startDaemon());
  }

  #onCall(): void {
    const { life } = this;
    if (life === undefined || this.machine.current !== life.process || --this.#callsLeft > 0) return;
    this.trace.add('in a call into the system');
    this.#callsLeft = Number.POSITIVE_INFINITY;
    this.#onLastCall();
  }

  #drawQuery(): Query {
    const { random } = this;
    const { wall } = this.machine;
    const now = BigInt(Math.trunc(wall)) * 1_000_000n;
    const before = BigInt(random.between(0, 120)) * 1_000_000_000n;
    return random.pick<Query>([
      { since: 0n, follow: false },
      {},
      { tail: random.between(0, 50) },
      { tail: random.between(1, 20), filters: { event: ['die'] } },
      { since: now - before, until: now + BigInt(random.between(1, 20_000)) * 1_000_000n },
      { until: now + BigInt(random.between(1, 20_000)) * 1_000_000n },
      { since: 0n, until: now + BigInt(random.between(1, 20_000)) * 1_000_000n },
      { since: 0n, filters: { event: ['die', 'start'] } },
      { since: 0n, name: `c${random.between(0, 19)}` },
      { since: 0n, name: [`c${random.between(0, 9)}`, `m${random.between(0, 5)}`] },
      { since: 0n, name: '!c*' },
    ]);
  }

  #drawOptions(): DaemonOptions {
    const { random } = this;
    return {
      stateDir: STATE_DIR,
      dataDir: DATA_DIR,
      durability: random.pick(['fsync', 'fsync', 'fsync', 'os', 'none'] as const),
      retainAge: random.pick([7 * 24 * HOUR, 7 * 24 * HOUR, 60_000]),
      retainSize: random.pick([2 ** 20, 2 ** 30]),
      engines: this.engines.map(({ path }) => `docker=unix://${path}`),
      rules: '/sim/rules.yaml',
      limit: random.pick([8, 64, 1000, 100_000]),
      limitBytes: random.pick([20_000, 64 * 2 ** 20]),
      clientBytes: random.pick([200_000, 64 * 2 ** 20]),
    };
  }
}

/** Tests for both copies of the numbers of a journal: see src/journal/store/numbers.ts. */
function hasBothCopies(bytes: Buffer = Buffer.alloc(0)): boolean {
  const copies = [bytes.subarray(0, 512), bytes.subarray(512, 1024)];
  return copies.every((copy) => copy.length === 512 && copy.readUInt32LE(0) === crc32(copy.subarray(8)));
}

export function describe(error: unknown): string {
  return error instanceof Error
    ? `${error.name}: ${error.message} ${error.stack?.split('\n')[1]?.trim()}`
    : String(error);
}
