/** The monitor FIFO: writes are whole, reads bring whatever is there, cut anywhere. */
import { EventEmitter } from 'node:events';
import { host } from './current.ts';
import { systemError } from './disk.ts';
import { EndedError, type Machine, type Process } from './machine.ts';

/** Capacity of a pipe, in bytes: pipe(7). */
const CAPACITY = 65_536;

class Pipe {
  bytes: Buffer = Buffer.alloc(0);
  readonly reader: Process | undefined;
  /** Told of new bytes. */
  wake: () => void = () => undefined;

  constructor(reader: Process | undefined) {
    this.reader = reader;
  }

  take(most: number): Buffer {
    const taken = this.bytes.subarray(0, most);
    this.bytes = this.bytes.subarray(taken.length);
    return taken;
  }
}

const pipes = new WeakMap<Machine, Pipe>();

/** Descriptor of the FIFO in every process: no file has it. */
const FD = 1_000_000;

/** Writes all or nothing. @returns whether there was a reader, and room */
export function writeFifo(bytes: Buffer): boolean {
  const pipe = pipes.get(host().machine);
  if (pipe?.reader?.alive !== true || pipe.bytes.length + bytes.length > CAPACITY) return false;
  pipe.bytes = Buffer.concat([pipe.bytes, bytes]);
  pipe.wake();
  return true;
}

/** In place of `openFifo`. */
export async function openFifo(): Promise<number> {
  const { machine } = host();
  pipes.set(machine, new Pipe(machine.current));
  return FD;
}

/** In place of `removeFifo`. */
export function removeFifo(): void {
  pipes.delete(host().machine);
}

interface SocketOptions {
  readonly onread: { buffer(): Buffer; callback(count: number): boolean };
}

/** In place of `net.Socket` on the descriptor of the FIFO. */
class Socket extends EventEmitter {
  readonly #pipe: Pipe;
  readonly #options: SocketOptions;
  readonly #machine: Machine;
  readonly #process: Process | undefined;
  #isReading = false;
  #isDue = false;

  constructor(options: SocketOptions) {
    super();
    const { machine } = host();
    this.#machine = machine;
    this.#process = machine.current;
    this.#options = options;
    this.#pipe = pipes.get(machine) as Pipe;
    this.#pipe.wake = () => this.#read();
    drained.set(machine, this.#pipe);
  }

  resume(): void {
    this.#isReading = true;
    this.#read();
  }

  pause(): void {
    this.#isReading = false;
  }

  destroy(): void {
    this.#isReading = false;
    this.#machine.schedule(0, () => this.emit('close'), undefined, this.#process);
  }

  #read(): void {
    if (this.#isDue || !this.#isReading) return;
    this.#isDue = true;
    const { random } = this.#machine;
    const read = (): void => {
      this.#isDue = false;
      if (!this.#isReading || this.#pipe.bytes.length === 0) return;
      const room = this.#options.onread.buffer();
      const most = random.chance(0.2) ? random.between(1, this.#pipe.bytes.length) : room.length;
      const bytes = this.#pipe.take(Math.min(most, room.length));
      bytes.copy(room);
      this.#options.onread.callback(bytes.length);
      if (this.#pipe.bytes.length > 0) this.#read();
    };
    this.#machine.schedule(random.wait(0.2), read, undefined, this.#process);
  }
}

/** Pipes that can be read by descriptor, also once they have no name. */
const drained = new WeakMap<Machine, Pipe>();

/** `readSync` of the FIFO. @throws the system's error when there is nothing */
export function readFifo(fd: number, target: Buffer, from: number, length: number): number | undefined {
  if (fd !== FD) return undefined;
  const { machine } = host();
  if (machine.current?.alive === false) throw new EndedError();
  const pipe = drained.get(machine);
  if (pipe === undefined || pipe.bytes.length === 0) throw systemError('EAGAIN', 'read');
  return pipe.take(length).copy(target, from);
}

/** `node:net`. */
export const fakeNet: Readonly<Record<string, unknown>> = { Socket, connect: (path: string) => ({ path }) };
