/** A Docker daemon on the simulated network: containers, its memory of 256 events, and what goes wrong with either. */
import { BEGIN, type Machine } from '../machine/machine.ts';
import type { Connection, Network } from '../machine/network.ts';
import type { Random } from '../random.ts';

/** Events that Docker keeps (moby, `daemon/events/events.go`). */
const KEEPS = 256;

interface Container {
  readonly id: string;
  name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: bigint;
  state: 'created' | 'running' | 'paused' | 'exited';
  startedAt?: bigint;
  finishedAt?: bigint;
  exitCode: number;
  pid: number;
}

/** An event that the daemon has taken, and its line. */
export interface Published {
  /** 0, 1, 2 … */
  readonly n: number;
  readonly action: string;
  readonly id: string;
  readonly name: string;
  readonly timeNano: bigint;
  readonly line: string;
  /** Time of the machine: in µs. */
  readonly at: number;
}

export class Docker {
  readonly path: string;
  readonly random: Random;
  /** All events that it has ever taken. */
  readonly published: Published[] = [];
  readonly containers: Map<string, Container> = new Map();
  /** Its clock, apart from the machine's: in ms. */
  clock = 0;
  isUp = true;
  /** True while it accepts connections and never answers. */
  isMute = false;
  /** Share of answers that are an error of the server, as JSON or not: 0 to 1. */
  refuses = 0;
  /** Share of events that are stored and sent in two steps, so that others come in between: 0 to 1. */
  slips = 0;
  /** Share of events before which a line that states no action is sent: 0 to 1; then the count of these lines. */
  garbles = 0;
  garbled = 0;
  restarts = 0;
  readonly #machine: Machine;
  readonly #network: Network;
  readonly #identity: string;
  #kept: Published[] = [];
  #live = new Set<Connection>();
  /** Lines that are kept and not sent yet, by container. */
  readonly #unsent = new Map<string, readonly string[]>();
  #made = 0;

  constructor(machine: Machine, network: Network, path: string, random: Random) {
    this.#machine = machine;
    this.#network = network;
    this.path = path;
    this.random = random;
    this.#identity = `ID-${path}`;
    this.start();
  }

  /** Nanoseconds since the Unix epoch, by its own clock. */
  get now(): bigint {
    return BigInt(BEGIN + this.clock) * 1_000_000n + BigInt(this.#machine.now) * 1000n;
  }

  start(): void {
    this.isUp = true;
    this.isMute = false;
    this.#machine.as(undefined, () =>
      this.#network.listen(this.path, (connection) => this.#answer(connection)),
    );
  }

  /** Its memory of events goes; containers that ran are dead. */
  stop(): void {
    this.isUp = false;
    this.restarts++;
    this.#kept = [];
    this.#unsent.clear();
    this.#network.close(this.path);
    this.cut();
    for (const container of this.containers.values()) {
      if (container.state !== 'running' && container.state !== 'paused') continue;
      container.state = 'exited';
      container.exitCode = 137;
      container.finishedAt = this.now;
    }
  }

  /** Loses every connection. */
  cut(): void {
    const live = this.#live;
    this.#live = new Set();
    for (const each of live) each.abort(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
  }

  /** Somebody does something with a container. */
  act(): void {
    if (!this.isUp) return;
    const { random } = this;
    const all = [...this.containers.values()];
    if (all.length === 0 || (all.length < 12 && random.chance(0.15))) return this.#create();
    const container = random.pick(all);
    if (container.state === 'created' || container.state === 'exited') {
      if (random.chance(0.2)) this.#remove(container);
      else this.run(container);
    } else if (container.state === 'paused') {
      container.state = 'running';
      this.#publish(container, 'unpause');
    } else {
      const what = random.between(0, 9);
      if (what === 0) this.#rename(container);
      else if (what === 1) {
        container.state = 'paused';
        this.#publish(container, 'pause');
      } else if (what < 6)
        this.#publish(container, random.pick(['exec_start: sh', 'top', 'resize', 'health_status: healthy']));
      else this.#end(container, random.pick([0, 1, 137]));
    }
  }

  run(container: Container): void {
    container.state = 'running';
    container.startedAt = this.now;
    container.pid = this.random.between(2, 30_000);
    this.#publish(container, 'start');
  }

  #create(): void {
    const { random } = this;
    const id = random.bytes(32).toString('hex');
    const name = this.#freeName('c');
    const labels: Record<string, string> = { app: random.pick(['web', 'db']) };
    if (random.chance(0.2)) labels['long'] = random.bytes(random.between(1, 600)).toString('hex');
    const container: Container = {
      id,
      name,
      labels,
      createdAt: this.now,
      state: 'created',
      exitCode: 0,
      pid: 0,
    };
    this.containers.set(id, container);
    this.#publish(container, 'create');
  }

  /** Names come again, but no two containers have the same. */
  #freeName(kind: string): string {
    for (;;) {
      const name = `${kind}${this.#made++ % 20}`;
      if (![...this.containers.values()].some((each) => each.name === name)) return name;
    }
  }

  #end(container: Container, exitCode: number): void {
    container.state = 'exited';
    container.exitCode = exitCode;
    container.finishedAt = this.now;
    this.#publish(container, 'die', { exitCode: String(exitCode) });
  }

  #rename(container: Container): void {
    const oldName = container.name;
    container.name = this.#freeName('r');
    this.#publish(container, 'rename', { oldName: `/${oldName}` });
  }

  #remove(container: Container): void {
    this.containers.delete(container.id);
    this.#publish(container, 'destroy');
  }

  /** Takes an event into its memory, then sends it: as moby does, in two steps. */
  #publish(
    { id, name, labels }: Container,
    action: string,
    more: Readonly<Record<string, string>> = {},
  ): void {
    const n = this.published.length;
    // No two events of a container have the same nanosecond.
    const timeNano = this.now + BigInt(n % 1000);
    const attributes = { image: 'busybox', ...labels, name, n: String(n), ...more };
    const line = `${JSON.stringify({
      ...{ status: action, id, from: 'busybox', Type: 'container', Action: action },
      Actor: { ID: id, Attributes: attributes },
      ...{ scope: 'local', time: Number(timeNano / 1_000_000_000n) },
    }).slice(0, -1)},"timeNano":${timeNano}}\n`;
    const event = { n, action, id, name, timeNano, line, at: this.#machine.now };
    this.published.push(event);
    this.#kept = [...this.#kept, event].slice(-KEEPS);
    const before = this.#unsent.get(id) ?? [];
    // Events of one container keep their order.
    if (before.length === 0 && !this.random.chance(this.slips)) return this.#send(line);
    this.#unsent.set(id, [...before, line]);
    const { restarts } = this;
    this.#machine.later(this.random.wait(1), () => {
      const [first, ...rest] = this.#unsent.get(id) ?? [];
      if (first === undefined || this.restarts !== restarts) return;
      this.#unsent.set(id, rest);
      this.#send(first);
    });
  }

  #send(line: string): void {
    if (this.isMute) return;
    for (const each of this.#live) {
      if (this.random.chance(this.garbles)) {
        this.garbled++;
        each.send(Buffer.from('{"status":7}\n'));
      }
      each.send(Buffer.from(line));
    }
  }

  #answer(connection: Connection): void {
    const { method, url } = connection.asked;
    if (this.isMute) return void this.#live.add(connection);
    const path = url.replace(/^\/v[\d.]+/, '');
    const answer = (status: number, body: string): void => {
      const date = new Date(Number(this.now / 1_000_000n)).toUTCString();
      connection.send({ status, headers: { 'api-version': '1.43', date } });
      connection.send(Buffer.from(body));
      connection.send('end');
    };
    if (this.random.chance(this.refuses))
      return answer(500, this.random.pick(['{"message":"no"}', 'bad gateway']));
    if (path === '/_ping') return answer(200, 'OK');
    if (path === '/info') return answer(200, JSON.stringify({ ID: this.#identity }));
    if (path.startsWith('/events')) return this.#events(connection, new URLSearchParams(path.split('?')[1]));
    const [, id, verb] = /^\/containers\/([0-9a-f]+)\/?(\w*)/.exec(path) ?? [];
    if (path.startsWith('/containers/json')) {
      // Its containers do not stand still while they are listed.
      for (let i = this.random.between(0, 4) - 2; i > 0; i--)
        this.#machine.later(this.random.wait(2), () => this.act());
      return answer(200, JSON.stringify(Array.from(this.containers.values(), listed)));
    }
    const container = this.containers.get(id ?? '');
    if (container === undefined) return answer(404, '{"message":"no such container"}');
    if (method === 'GET') return answer(200, JSON.stringify(inspected(container)));
    if (verb === 'restart') {
      if (container.state === 'running') this.#end(container, 143);
      this.run(container);
    }
    answer(204, '');
  }

  #events(connection: Connection, query: URLSearchParams): void {
    connection.send({ status: 200, headers: {} });
    for (const { line } of query.has('since') || query.has('until') ? this.#kept : [])
      connection.send(Buffer.from(line));
    if (query.has('until')) return void connection.send('end');
    this.#live.add(connection);
    connection.on('close', () => this.#live.delete(connection));
  }
}

/** A list states less of each container. */
function listed({ id, name, labels, state }: Container): unknown {
  return { Id: id, Names: [`/${name}`], Image: 'busybox', Labels: labels, State: state };
}

function inspected({ id, name, labels, state, ...rest }: Container): unknown {
  const time = (instant: bigint | undefined): string =>
    instant === undefined
      ? '0001-01-01T00:00:00Z'
      : `${new Date(Number(instant / 1_000_000n)).toISOString().slice(0, 19)}.${String(instant % 1_000_000_000n).padStart(9, '0')}Z`;
  return {
    Id: id,
    Name: `/${name}`,
    Created: time(rest.createdAt),
    RestartCount: 0,
    Config: { Image: 'busybox', Labels: labels },
    State: {
      ...{
        Status: state,
        Pid: state === 'running' || state === 'paused' ? rest.pid : 0,
        ExitCode: rest.exitCode,
      },
      ...{ StartedAt: time(rest.startedAt), FinishedAt: time(rest.finishedAt), OOMKilled: false },
    },
  };
}
