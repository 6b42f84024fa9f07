/** Sockets between simulated processes: bytes that take their time, arrive in any pieces, and stop when the reader does. */
import { EventEmitter } from 'node:events';
import { systemError } from './disk.ts';
import type { Action, Machine, Process } from './machine.ts';

/** Answers at a path. */
export type Listener = (connection: Connection) => void;

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Told of the head, the bytes and the end of an answer. */
export interface Receiver {
  head(status: number, headers: Readonly<Record<string, string>>): void;
  data(bytes: Buffer): void;
  end(): void;
  error(error: Error): void;
}

/** The way to a place: all its connections are as fast. */
interface Link {
  /** Bytes that the system holds. */
  readonly capacity: number;
  /** In ms: mean. */
  readonly latency: number;
}

interface Place {
  readonly listener: Listener;
  readonly process: Process | undefined;
  readonly link: Link;
}

type Sent = Buffer | 'end' | { readonly status: number; readonly headers: Readonly<Record<string, string>> };

/** One request and its answer. Events, in the process that answers: `close`, `drain`. */
export class Connection extends EventEmitter {
  readonly asked: Asked;
  readonly client: Process | undefined;
  readonly server: Process | undefined;
  readonly #machine: Machine;
  readonly #receiver: Receiver;
  readonly #capacity: number;
  readonly #latency: number;
  /** Held by the system, and by the sender for want of room. */
  #held: Sent[] = [];
  #heldBytes = 0;
  #waiting: Sent[] = [];
  #waitingBytes = 0;
  /** True after a send that has to wait: `drain` follows, as in Node. */
  #mustDrain = false;
  #isPaused = false;
  #moving: Action | undefined;
  #closed = false;

  constructor(machine: Machine, asked: Asked, { process, link }: Place, receiver: Receiver) {
    super();
    this.#machine = machine;
    this.asked = asked;
    this.client = machine.current;
    this.server = process;
    this.#receiver = receiver;
    this.#capacity = link.capacity;
    this.#latency = link.latency;
    const gone = (): void => this.close();
    const died = (): void => this.abort(systemError('ECONNRESET', 'read'));
    this.client?.onEnd.add(gone);
    process?.onEnd.add(died);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Bytes that the sender still holds. */
  get waiting(): number {
    return this.#waitingBytes;
  }

  /** @returns whether all of it has left */
  send(sent: Sent): boolean {
    if (this.#closed) return false;
    this.#waiting.push(sent);
    if (sent instanceof Buffer) this.#waitingBytes += sent.length;
    this.#leave();
    if (this.#waitingBytes === 0) return true;
    this.#mustDrain = true;
    return false;
  }

  /** By the reader. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!isPaused) this.#move();
  }

  /** Ends it from the reader's side. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#machine.schedule(this.#latency, () => this.emit('close'), undefined, this.server);
  }

  /** Breaks it: the reader gets an error. */
  abort(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#machine.schedule(this.#latency, () => this.#receiver.error(error), undefined, this.client);
    this.#machine.schedule(0, () => this.emit('close'), undefined, this.server);
  }

  /** Moves as much to the system as there is room for. */
  #leave(): void {
    while (this.#waiting.length > 0 && this.#heldBytes < this.#capacity) {
      const sent = this.#waiting.shift() as Sent;
      if (sent instanceof Buffer) {
        const part = sent.subarray(0, this.#capacity - this.#heldBytes);
        // From here on the sender may write over its bytes.
        this.#held.push(Buffer.from(part));
        this.#heldBytes += part.length;
        this.#waitingBytes -= part.length;
        if (part.length < sent.length) this.#waiting.unshift(sent.subarray(part.length));
      } else this.#held.push(sent);
    }
    if (this.#mustDrain && this.#waitingBytes === 0) {
      this.#mustDrain = false;
      this.#machine.schedule(0, () => !this.#closed && this.emit('drain'), undefined, this.server);
    }
    this.#move();
  }

  #move(): void {
    if (this.#moving !== undefined || this.#isPaused || this.#held.length === 0) return;
    const wait = this.#machine.random.wait(this.#latency);
    this.#moving = this.#machine.schedule(wait, () => this.#arrive(), undefined, this.client);
  }

  #arrive(): void {
    this.#moving = undefined;
    if (this.#closed || this.#isPaused) return;
    const sent = this.#held.shift();
    if (sent === undefined) return;
    if (sent === 'end') {
      this.#closed = true;
      this.#receiver.end();
      this.#machine.schedule(0, () => this.emit('close'), undefined, this.server);
      return;
    }
    if ('status' in sent) this.#receiver.head(sent.status, sent.headers);
    else this.#receiver.data(this.#piece(sent));
    this.#leave();
  }

  /** Mostly all that is there; now and then it is cut anywhere. */
  #piece(sent: Buffer): Buffer {
    const { random } = this.#machine;
    let bytes = sent;
    while (this.#held[0] instanceof Buffer && bytes.length < 65_536)
      bytes = Buffer.concat([bytes, this.#held.shift() as Buffer]);
    const length = random.chance(0.2) ? random.between(1, bytes.length) : bytes.length;
    if (length < bytes.length) this.#held.unshift(bytes.subarray(length));
    this.#heldBytes -= length;
    return bytes.subarray(0, length);
  }
}

export class Network {
  /** Answers `fetch`. */
  fetch: (url: string, init: RequestInit) => Promise<Response> = () =>
    Promise.reject(new Error('no network'));
  readonly #machine: Machine;
  readonly #places = new Map<string, Place>();
  readonly #links = new Map<string, Link>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Answers at a path until the process ends, or {@link Network.close}. */
  listen(path: string, listener: Listener): void {
    const process = this.#machine.current;
    const { random } = this.#machine;
    const capacity = random.pick([2048, 16_384, 65_536, 212_992]);
    const link = this.#links.get(path) ?? { capacity, latency: random.pick([0.05, 0.2, 2]) };
    this.#links.set(path, link);
    const place = { listener, process, link };
    this.#places.set(path, place);
    process?.onEnd.add(() => {
      if (this.#places.get(path) === place) this.#places.delete(path);
    });
  }

  close(path: string): void {
    this.#places.delete(path);
  }

  /** Sends a request. @returns what ends it */
  request(path: string, asked: Asked, receiver: Receiver): { pause(isPaused: boolean): void; close(): void } {
    const machine = this.#machine;
    const client = machine.current;
    let connection: Connection | undefined;
    let isPaused = false;
    const arriving = machine.schedule(machine.random.wait(0.3), () => {
      const place = this.#places.get(path);
      if (place === undefined) return receiver.error(systemError('ECONNREFUSED', 'connect'));
      const made = machine.as(client, () => new Connection(machine, asked, place, receiver));
      connection = made;
      made.pause(isPaused);
      // It waits to be accepted; its client may be gone by then.
      const wait = machine.random.chance(0.3) ? machine.random.wait(1) : 0;
      machine.schedule(wait, () => place.listener(made), undefined, place.process);
    });
    return {
      pause: (next) => {
        isPaused = next;
        connection?.pause(next);
      },
      close: () => {
        arriving.cancelled = true;
        connection?.close();
      },
    };
  }
}
