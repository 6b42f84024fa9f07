import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { IncomingEvent } from '../../../src/event.ts';
import { type Log, silent } from '../../../src/log.ts';
import { type Monitor, openMonitor } from '../../../src/monitor/monitor.ts';
import { encodeRecord, type MonitorRecord } from '../../../src/monitor/record.ts';
import { sendContainerEvent, sendImageEvent } from '../../../src/monitor/send.ts';
import { makeFifo } from '../../support/fifo.ts';
import { otherProcess } from '../../support/other-process.ts';
import { record } from '../../support/record.ts';
import { stateDirectory } from '../../support/state-directory.ts';
import { turns } from '../../support/turns.ts';

const plain: MonitorRecord = {
  ...{ type: 0, subject: 'container', name: 'web', args: '', extra: '' },
  ...{ value: 11, exitCode: 0, pid: 9007 },
};
const named = (name: string): Buffer => encodeRecord({ ...plain, name });

interface Watched {
  readonly directory: string;
  readonly monitor: Monitor;
  readonly events: () => readonly IncomingEvent[];
  /** Resolves once so many events have come. */
  readonly until: (count: number) => Promise<readonly IncomingEvent[]>;
}

async function watched(directory: string = stateDirectory(), log: Log = silent): Promise<Watched> {
  const monitor = await openMonitor({ directory, log, clock: () => 7n });
  onTestFinished(() => monitor.close());
  const lists = record(monitor.events);
  const until = async (count: number): Promise<readonly IncomingEvent[]> =>
    (await lists.until((_, all) => all.flat().length >= count)).flat();
  return { directory, monitor, events: () => lists.values.flat(), until };
}

/** Opens the FIFO as a foreign writer does. */
function writer(path: string): { write: (bytes: Uint8Array | string) => void; close: () => void } {
  const fd = openSync(path, constants.O_WRONLY);
  const close = (): void => closeSync(fd);
  return { write: (bytes) => void writeSync(fd, Buffer.from(bytes)), close };
}

function writeOnce(path: string, bytes: Uint8Array | string): void {
  const { write, close } = writer(path);
  write(bytes);
  close();
}

describe('the monitor', () => {
  it('tells what is sent', async () => {
    const { directory, until } = await watched();
    await sendContainerEvent({
      directory,
      name: 'web',
      state: 'start',
      pid: 9007,
      extra: { image: 'busybox' },
    });
    await sendImageEvent({ directory, name: 'busybox:latest', state: 'pull' });
    const source = { engine: 'monitor', endpoint: `fifo://${directory}/monitord_fifo` };
    expect(await until(2)).toEqual([
      {
        ...{ timeNano: 7n, type: 'container', action: 'start', id: 'web', name: 'web', source },
        attributes: { image: 'busybox', pid: '9007' },
      },
      {
        // Later by a nanosecond where one read brings both.
        timeNano: expect.any(BigInt),
        ...{ type: 'image', action: 'pull', id: 'busybox:latest', name: 'busybox:latest' },
        ...{ attributes: {}, source },
      },
    ]);
  });

  it('gives what comes of one read increasing times', async () => {
    const { monitor, until } = await watched();
    const line = Buffer.from('{"action":"start","name":"line"}\n');
    writeOnce(
      monitor.path,
      Buffer.concat([named('a'), line, line, Buffer.from('{garbage}\n'), named('b'), named('c')]),
    );
    expect((await until(6)).map(({ timeNano }) => timeNano)).toEqual([7n, 8n, 9n, 10n, 11n, 12n]);
  });

  it('ends even if a writer never stops', async () => {
    const { monitor, until } = await watched();
    const flood = spawn('sh', [
      '-c',
      'while :; do head -c 60000 /dev/zero | tr "\\0" x; done >"$0"',
      monitor.path,
    ]);
    const ended = once(flood, 'exit');
    await until(3);
    await monitor.close();
    flood.kill();
    await ended;
    expect(monitor.status.gaps).toBeGreaterThan(0);
  });

  it('reads records and lines that come in parts, and many at once', async () => {
    const { monitor, until } = await watched();
    const { write, close } = writer(monitor.path);
    const parts = [
      named('a').subarray(0, 100),
      Buffer.concat([named('a').subarray(100), ...Array.from({ length: 50 }, (_, i) => named(`b${i}`))]),
      Buffer.from('{"action":"start","name":"c"}\n{"action":"st'),
      Buffer.concat([Buffer.from('op","name":"c"}\n'), named('d'), named('e').subarray(0, 595)]),
      named('e').subarray(595),
    ];
    let bytes = 0;
    for (const part of parts) {
      write(part);
      bytes += part.length;
      while (monitor.status.bytes < bytes) await turns(1);
    }
    close();
    const events = await until(55);
    const many = Array.from({ length: 50 }, (_, i) => `b${i}`);
    expect(events.map(({ name }) => name)).toEqual(['a', ...many, 'c', 'c', 'd', 'e']);
    expect(monitor.status).toEqual({
      ...{ records: 53, lines: 2, ignored: 0, discardedBytes: 0, gaps: 0, bytes },
    });
  });

  it('skips bytes that are neither record nor line, with a gap event and a log line', async () => {
    const said: unknown[] = [];
    const { monitor, until } = await watched(undefined, { ...silent, warn: (...all) => said.push(all) });
    const { write, close } = writer(monitor.path);
    write('hello');
    write(named('a'));
    write('{"name":"b"}\n');
    write(named('c'));
    close();
    const events = await until(4);
    expect(events.map(({ type, name, action }) => [type, name, action])).toEqual([
      ['daemon', 'monitor', 'gap'],
      ['container', 'a', 'start'],
      ['daemon', 'monitor', 'gap'],
      ['container', 'c', 'start'],
    ]);
    const texts = [
      '5 bytes in the monitor FIFO were neither a record nor a line',
      '13 bytes in the monitor FIFO were neither a record nor a line; the last of them that looks like a line is invalid: it has no action: "{\\"name\\":\\"b\\"}"',
    ];
    expect(events[0]?.attributes).toEqual({ reason: 'upstream', detail: texts[0] });
    expect(events[2]?.attributes).toEqual({ reason: 'upstream', detail: texts[1] });
    expect(said).toEqual([
      [{ path: monitor.path, discarded: 5, total: 5 }, texts[0]],
      [{ path: monitor.path, discarded: 13, total: 18 }, texts[1]],
    ]);
    expect(monitor.status).toMatchObject({ records: 2, lines: 0, discardedBytes: 18, gaps: 2 });
  });

  it('skips records that are not events, and counts them', async () => {
    const { monitor, until } = await watched();
    const records = [{ ...plain, type: 1 }, { ...plain, type: 2 }, plain];
    writeOnce(monitor.path, Buffer.concat(records.map(encodeRecord)));
    expect(await until(1)).toHaveLength(1);
    expect(monitor.status).toMatchObject({ records: 1, ignored: 2, gaps: 0 });
  });

  it('survives a writer that is killed in the middle of a record', async () => {
    const { monitor, until } = await watched();
    const code = `
      import { openSync, writeSync } from 'node:fs';
      writeSync(openSync(process.argv[2], 'w'), Buffer.from(process.argv[3], 'hex'));
      console.log('written');
      process.stdin.resume();`;
    const other = await otherProcess(code, monitor.path, named('a').subarray(0, 300).toString('hex'));
    await other.kill();
    writeOnce(monitor.path, named('b'));
    const events = await until(2);
    expect(events.map(({ name, action }) => [name, action])).toEqual([
      ['monitor', 'gap'],
      ['b', 'start'],
    ]);
    expect(monitor.status.discardedBytes).toBe(300);
  });

  it('leaves the data in the FIFO while there is no subscriber', async () => {
    const directory = stateDirectory();
    const monitor = await openMonitor({ directory });
    onTestFinished(() => monitor.close());
    const send = (name: string): Promise<void> => sendContainerEvent({ directory, name, state: 'start' });
    const names = (lists: readonly (readonly IncomingEvent[])[]): unknown =>
      lists.flat().map(({ name }) => name);
    await send('a');
    await send('b');
    const first = record(monitor.events);
    await first.until((_, all) => all.flat().length === 2);
    first.subscription.unsubscribe();
    await send('c');
    await turns();
    const second = record(monitor.events);
    await second.until((_, all) => all.flat().length === 1);
    expect([names(first.values), names(second.values)]).toEqual([['a', 'b'], ['c']]);
  });

  it('tells what was sent before it closed, and then completes', async () => {
    const { directory, monitor, events } = await watched();
    let completed = 0;
    monitor.events.subscribe({ complete: () => completed++ });
    for (let i = 0; i < 80; i++) await sendContainerEvent({ directory, name: `c${i}`, state: 'start' });
    await monitor.close();
    await monitor.close();
    expect(events()).toHaveLength(80);
    expect(completed).toBe(1);
    expect(readdirSync(directory)).toEqual([]);
    let late = 0;
    monitor.events.subscribe({ complete: () => late++ });
    expect(late).toBe(1);
  });
});

describe('the FIFO of the monitor', () => {
  it('is for its owner, in a directory that is made for it', async () => {
    const directory = join(stateDirectory(), 'a/b');
    const { monitor } = await watched(directory);
    expect(statSync(monitor.path).isFIFO()).toBe(true);
    expect((statSync(monitor.path).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(directory).mode & 0o777).toString(8)).toBe('750');
  });

  it('is made again if others could write to it', async () => {
    const directory = stateDirectory();
    const path = join(directory, 'monitord_fifo');
    makeFifo(path);
    chmodSync(path, 0o666);
    const forger = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      const { monitor } = await watched(directory);
      expect(statSync(path).ino).not.toBe(fstatSync(forger).ino);
      expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
      await monitor.close();
    } finally {
      closeSync(forger);
    }
  });

  it.skipIf(process.geteuid?.() !== 0)('is refused if it belongs to another user', async () => {
    const directory = stateDirectory();
    const path = join(directory, 'monitord_fifo');
    makeFifo(path);
    chownSync(path, 4711, 4711);
    await expect(openMonitor({ directory })).rejects.toThrow(/the FIFO .* belongs to user 4711/);
  });

  it('is used if it is there, and then is for its owner too', async () => {
    const directory = stateDirectory();
    const path = join(directory, 'monitord_fifo');
    makeFifo(path);
    chmodSync(path, 0o644);
    const { ino } = statSync(path);
    const { monitor, until } = await watched(directory);
    expect(statSync(path)).toMatchObject({ ino });
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
    writeOnce(path, named('a'));
    await until(1);
    await monitor.close();
    expect(existsSync(path)).toBe(false);
  });

  it('is left alone at the end where it is another by then', async () => {
    const { directory, monitor } = await watched();
    renameSync(monitor.path, join(directory, 'moved'));
    makeFifo(monitor.path);
    await monitor.close();
    expect(readdirSync(directory).sort()).toEqual(['monitord_fifo', 'moved']);
  });

  it.each<[string, (path: string) => unknown]>([
    ['a file', (path: string) => writeFileSync(path, 'mine')],
    ['a directory', (path: string) => mkdirSync(path)],
    [
      'a symbolic link',
      (path: string) => {
        const elsewhere = join(stateDirectory(), 'fifo');
        makeFifo(elsewhere);
        const fd = openSync(elsewhere, constants.O_RDWR | constants.O_NONBLOCK); // Somebody reads that.
        onTestFinished(() => closeSync(fd));
        symlinkSync(elsewhere, path);
      },
    ],
    ['a socket', (path: string) => once(createServer().listen(path).unref(), 'listening')],
  ])('is not made where there is %s, which is left alone', async (what, make) => {
    const directory = stateDirectory();
    const path = join(directory, 'monitord_fifo');
    await make(path);
    const { ino, size } = lstatSync(path);
    const error = {
      code: 'obstructed',
      message: `${path} is ${what}, not a FIFO: it is left alone; move it away, or choose another state directory`,
    };
    await expect(openMonitor({ directory })).rejects.toMatchObject(error);
    await expect(sendContainerEvent({ directory, name: 'a', state: 'start' })).rejects.toMatchObject(error);
    expect(readdirSync(directory)).toEqual(['monitord_fifo']);
    expect(lstatSync(path)).toMatchObject({ ino, size });
  });

  it('needs a directory that may be written to', async () => {
    const directory = stateDirectory();
    chmodSync(directory, 0o555);
    const code = `
      import { openMonitor } from './src/monitor/monitor.ts';
      if (process.getuid() === 0) process.setgroups([]), process.setgid(65534), process.setuid(65534);
      openMonitor({ directory: process.argv[2] }).catch(({ code, message }) => console.log(code, message));
      process.stdin.resume();`;
    const { said } = await otherProcess(code, directory);
    expect(said).toBe(
      `forbidden no permission to write to ${directory} (EACCES): choose a directory that this user may write to\n`,
    );
  });
});

describe('two monitors', () => {
  it('are not on one directory', async () => {
    const { directory, until } = await watched();
    await expect(openMonitor({ directory })).rejects.toMatchObject({
      ...{ name: 'LockError', code: 'held', holder: { pid: process.pid } },
    });
    await sendContainerEvent({ directory, name: 'a', state: 'start' });
    await until(1);
  });

  it('can follow each other, though the first was killed', async () => {
    const directory = stateDirectory();
    const code = `
      import { openMonitor } from './src/monitor/monitor.ts';
      openMonitor({ directory: process.argv[2] }).then((monitor) => {
        monitor.events.subscribe();
        console.log('open');
      });`;
    const { pid, kill } = await otherProcess(code, directory);
    await expect(openMonitor({ directory })).rejects.toMatchObject({ code: 'held', holder: { pid } });
    await kill();
    expect(readdirSync(directory)).toContain('monitord_fifo');
    const { until, monitor } = await watched(directory);
    await sendContainerEvent({ directory, name: 'a', state: 'start' });
    await until(1);
    await monitor.close();
    expect(readdirSync(directory)).toEqual([]);
  });
});
