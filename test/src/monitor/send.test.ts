import { closeSync, constants, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MonitorError } from '../../../src/monitor/error.ts';
import { openMonitor } from '../../../src/monitor/monitor.ts';
import { RECORD_SIZE } from '../../../src/monitor/record.ts';
import { type ContainerEventOptions, sendContainerEvent, sendImageEvent } from '../../../src/monitor/send.ts';
import { CONTAINER_STATES, type MonitorState, type ImageState } from '../../../src/monitor/state-codes.ts';
import { makeFifo } from '../../support/fifo.ts';
import { record } from '../../support/record.ts';
import { stateDirectory } from '../../support/state-directory.ts';

const PIPE_SIZE = 64 * 1024;

/** A FIFO with a reader of the test's own: what is sent, as it comes. */
function reader(): { directory: string; read: () => Buffer } {
  const directory = stateDirectory();
  const path = join(directory, 'monitord_fifo');
  makeFifo(path);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(fd));
  const bytes = Buffer.alloc(PIPE_SIZE);
  return { directory, read: () => Buffer.from(bytes.subarray(0, readSync(fd, bytes))) };
}

const text = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    '',
    'x'.repeat(254),
    'x'.repeat(255),
    'é'.repeat(127),
    'é'.repeat(128),
    'a=b,c',
    ' a ',
    'a\0b',
  ),
);
const optionalNumber = fc.option(fc.nat(2 ** 31 - 1), { nil: undefined });

describe('sending', () => {
  it('a container event arrives as it was meant, whether as a record or as a line', async () => {
    const directory = stateDirectory();
    const monitor = await openMonitor({ directory, clock: () => 7n });
    onTestFinished(() => monitor.close());
    const events = record(monitor.events);
    const options = fc.record({
      name: fc.oneof(
        fc.constantFrom('web', 'x'.repeat(64), 'x'.repeat(65)),
        fc.stringMatching(/^[!-~][ -~]{0,80}$/),
      ),
      state: fc.constantFrom(...CONTAINER_STATES),
      pid: optionalNumber,
      exitCode: optionalNumber,
      args: text,
      extra: fc.dictionary(fc.oneof(text, fc.constantFrom('name', 'image', '__proto__', 'signal')), text, {
        maxKeys: 4,
      }),
    });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(options, async ({ name, state, pid, exitCode, args, extra }) => {
        await sendContainerEvent({ directory, name, state, pid, exitCode, args, extra });
        const event = (await events.until((_, all) => all.flat().length > count)).flat()[count++];
        const ends = state === 'die';
        const attributes = new Map(Object.entries(extra));
        const annotated = (key: string): boolean => attributes.has(key);
        const code = exitCode ?? (ends ? 125 : 0);
        if ((code !== 0 || ends) && !annotated('exitCode')) attributes.set('exitCode', String(code));
        if (pid !== undefined && !annotated('pid')) attributes.set('pid', String(pid));
        if (args !== '') attributes.set('args', args);
        expect(event).toEqual({
          ...{
            timeNano: 7n,
            type: 'container',
            action: state,
            id: name,
            name: attributes.get('name') ?? name,
          },
          ...{ attributes: Object.fromEntries(attributes), source: event?.source },
        });
      }),
      { numRuns: 300 },
    );
    expect(monitor.status).toMatchObject({ gaps: 0, ignored: 0 });
    expect(monitor.status.records).toBeGreaterThan(0);
    expect(monitor.status.lines).toBeGreaterThan(0);
  });

  it('writes a record where there is room, else a line', async () => {
    const { directory, read } = reader();
    await sendContainerEvent({ directory, name: 'x'.repeat(64), state: 'start', args: 'x'.repeat(254) });
    expect(read()).toHaveLength(RECORD_SIZE);
    await sendImageEvent({ directory, name: 'x'.repeat(65), state: 'pull' });
    expect(JSON.parse(read().toString())).toEqual({
      ...{ type: 'image', action: 'pull', id: 'x'.repeat(65), name: 'x'.repeat(65), attributes: {} },
    });
  });

  it('an image has no process and no exit code', async () => {
    const { directory, read } = reader();
    await sendImageEvent({ directory, name: 'busybox', state: 'tag' });
    const bytes = read();
    expect([0, 4, 584, 588, 592].map((at) => bytes.readInt32LE(at))).toEqual([0, 1, 6, 0, 0]);
  });

  it.each([
    [{ state: 'star' as MonitorState }, 'unknown container state "star": known are exit, die'],
    [{ name: '' }, 'invalid name ""'],
    [{ name: ' web' }, 'invalid name " web"'],
    [{ name: 'we\u001bb' }, 'invalid name "we\\u001bb"'],
    [{ pid: -1 }, 'invalid pid -1: a whole number, 0 or more'],
    [{ pid: 2 ** 31 }, 'invalid pid 2147483648'],
    [{ exitCode: 1.5 }, 'invalid exit code 1.5'],
  ])('refuses %j before anything is opened', async (wrong: Partial<ContainerEventOptions>, why) => {
    const directory = stateDirectory();
    writeFileSync(join(directory, 'monitord_fifo'), ''); // Opened, it would be said to be no FIFO.
    const sent = sendContainerEvent({ directory, name: 'web', state: 'start', ...wrong });
    await expect(sent).rejects.toThrow(RangeError);
    await expect(sent).rejects.toThrow(why);
  });

  it('refuses an unknown image state', async () => {
    const sent = sendImageEvent({ directory: '/nowhere', name: 'busybox', state: 'start' as ImageState });
    await expect(sent).rejects.toThrow('unknown image state "start": known are load, remove');
  });

  it('refuses what would not be written in one piece', async () => {
    const sent = sendContainerEvent({
      directory: '/nowhere',
      name: 'web',
      state: 'start',
      args: 'x'.repeat(4096),
    });
    await expect(sent).rejects.toMatchObject({ code: 'too-large', name: 'MonitorError' });
    await expect(sent).rejects.toThrow(/has 41\d\d bytes, and at most 4096 are written in one piece/);
  });

  it('fails at once without a reader', async () => {
    const directory = stateDirectory();
    const send = (): Promise<void> => sendContainerEvent({ directory, name: 'web', state: 'start' });
    const path = join(directory, 'monitord_fifo');
    await expect(send()).rejects.toMatchObject({
      code: 'no-reader',
      message: `no daemon at ${path}: there is no such FIFO (ENOENT)`,
    });
    makeFifo(path);
    await expect(send()).rejects.toMatchObject({
      code: 'no-reader',
      message: `no daemon at ${path}: no process reads it (ENXIO)`,
    });
    const monitor = await openMonitor({ directory });
    await send();
    await monitor.close();
    await expect(send()).rejects.toBeInstanceOf(MonitorError);
  });

  it('waits for room in a full FIFO, though not for ever, and loses nothing that it said it sent', async () => {
    const directory = stateDirectory();
    const monitor = await openMonitor({ directory });
    onTestFinished(() => monitor.close());
    const send = (i: number, timeout?: number): Promise<void> =>
      sendContainerEvent({ directory, name: `c${i}`, state: 'start', timeout });
    const fill = async (i: number): Promise<{ sent: number; error: unknown }> =>
      await send(i, 0).then(
        () => fill(i + 1),
        (error: unknown) => ({ sent: i, error }),
      );
    const { sent, error } = await fill(0);
    expect(error).toMatchObject({
      code: 'full',
      message: `${monitor.path} is full: the daemon has read nothing for 0 ms`,
    });
    expect(sent).toBeGreaterThanOrEqual(PIPE_SIZE / 4096);
    const waiting = Promise.all(Array.from({ length: 50 }, (_, i) => send(sent + i, 60_000)));
    const events = record(monitor.events);
    await waiting;
    const all = await events.until((_, lists) => lists.flat().length === sent + 50);
    expect(
      all
        .flat()
        .slice(0, sent)
        .map(({ name }) => name),
    ).toEqual(Array.from({ length: sent }, (_, i) => `c${i}`));
    expect(new Set(all.flat().map(({ name }) => name)).size).toBe(sent + 50);
  });
});
