/** `node:zlib`, `node:crypto` and `node:timers/promises` of a simulated process. */
import { createHash, createHmac } from 'node:crypto';
import * as zlib from 'node:zlib';
import { host } from './current.ts';

type Done = (error: unknown, bytes?: Buffer) => void;

/** In a thread of the pool: the same function of its input, done some time later. */
function pooled(work: (bytes: Buffer, options: zlib.BrotliOptions & zlib.ZlibOptions) => Buffer) {
  return (bytes: Buffer, ...rest: readonly unknown[]): void => {
    const done = rest.at(-1) as Done;
    const options = (rest.length > 1 ? rest[0] : {}) as zlib.BrotliOptions & zlib.ZlibOptions;
    const { machine } = host();
    const result = work(bytes, options);
    machine.schedule(machine.random.wait(2), () => done(null, result));
  };
}

export const fakeZlib: Readonly<Record<string, unknown>> = {
  ...zlib,
  brotliCompress: pooled(zlib.brotliCompressSync),
  deflateRaw: pooled(zlib.deflateRawSync),
};

export const fakeCrypto: Readonly<Record<string, unknown>> = {
  createHash,
  createHmac,
  randomBytes: (length: number) => host().machine.random.bytes(length),
};

const wait =
  (lane: 'timer' | 'turn') =>
  async (delay: number = 0): Promise<void> =>
    await new Promise((resolve) => host().machine.schedule(lane === 'turn' ? 0 : delay, resolve, lane));

export const fakeTimers: Readonly<Record<string, unknown>> = {
  setImmediate: wait('turn'),
  setTimeout: wait('timer'),
};

/** Commands are not simulated. */
export const fakeNothing: Readonly<Record<string, unknown>> = {};
