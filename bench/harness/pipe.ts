/** Writes to a monitor FIFO as an engine does, and reads one at full speed. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { openFifo } from '../../src/monitor/fifo.ts';
import { encodeRecord, NONE, RECORD_SIZE, STATE } from '../../src/monitor/record.ts';
import { stateValue } from '../../src/monitor/state-codes.ts';
import { CONTAINERS, idOf } from './data.ts';

/** The events of a container that is killed, as iSulad reports them. */
const LIFE = [
  { state: 'create', pid: NONE, exitCode: 0, extra: '' },
  { state: 'start', pid: 4711, exitCode: 0, extra: '' },
  { state: 'kill', pid: NONE, exitCode: 0, extra: 'signal=9' },
  { state: 'die', pid: 4711, exitCode: 137, extra: '' },
] as const;

/** The record of event number `i`: containers take turns, and each goes through its life. */
export function recordOf(i: number): Buffer {
  const { state, ...rest } = LIFE[Math.floor(i / CONTAINERS) % LIFE.length] as (typeof LIFE)[number];
  const name = idOf(i);
  const value = stateValue('container', state);
  return encodeRecord({ type: STATE, subject: 'container', name, args: '', value, ...rest });
}

/**
 * Writes that many records, each with its own call as every sender does. Returns its start time, in
 * ns.
 */
export function writeRecords(path: string, count: number): bigint {
  const different = CONTAINERS * LIFE.length;
  const records = Buffer.concat(Array.from({ length: different }, (_, i) => recordOf(i)));
  const fd = openSync(path, 'w');
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) writeSync(fd, records, (i % different) * RECORD_SIZE, RECORD_SIZE);
  closeSync(fd);
  return start;
}

/** Largest read, in bytes: more than a pipe holds. */
const READ = 128 * 1024;

/** Reads a FIFO and reports the count of bytes as they arrive. */
export async function readPipe(path: string, came: (bytes: number) => void): Promise<void> {
  const socket = new Socket({
    fd: await openFifo(path),
    readable: true,
    writable: false,
    // @ts-expect-error -- as for `net.connect`; it is only not in the types.
    manualStart: true,
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ),
      callback: (bytes: number) => {
        came(bytes);
        return true;
      },
    },
  });
  socket.resume();
}

/**
 * Reads a FIFO and only counts. Returns a function that resolves with the time, in ns, at which
 * that many more bytes have arrived.
 */
export async function openCounter(path: string): Promise<(bytes: number) => Promise<bigint>> {
  let left = 0;
  let reached: (at: bigint) => void = () => undefined;
  await readPipe(path, (bytes) => {
    left -= bytes;
    if (left === 0) reached(process.hrtime.bigint());
  });
  return (bytes) =>
    new Promise((resolve) => {
      left += bytes;
      reached = resolve;
    });
}
