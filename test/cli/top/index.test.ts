/** `tidings top` on a terminal of the test's. */
import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { Io, KeyInput } from '../../../cli/io.ts';
import { settle } from '../../../cli/settings/place.ts';
import { runTop } from '../../../cli/top/index.ts';
import { eventFrame, lines, ready } from '../../support/frames.ts';
import { type UnixServer, unixServer } from '../../support/unix-server.ts';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

class Terminal {
  written = '';
  raw = false;
  fault: ((error: unknown, origin: string) => void) | undefined;
  exit: (() => void) | undefined;
  readonly keys = new EventEmitter();
  readonly ending = new AbortController();
  readonly io: Io;
  #waiting: (() => void)[] = [];

  constructor() {
    const write = (chunk: Buffer, _encoding: string, done: () => void): void => {
      this.written += String(chunk);
      for (const each of this.#waiting.splice(0)) each();
      done();
    };
    const stdout = Object.assign(new Writable({ write }), { isTTY: true, columns: 80, rows: 12 });
    this.io = {
      ...{ stdout, stderr: new Writable(), env: {}, args: [], command: 'tidings', uid: 0 },
      ...{ asides: new Set(), now: () => BigInt(Date.now()) * 1_000_000n, signal: this.ending.signal },
      whenReaderGone: () => () => undefined,
      onHangup: () => () => undefined,
      onFault: (callback) => {
        this.fault = callback;
        return () => (this.fault = undefined);
      },
      onExit: (callback) => {
        this.exit = callback;
        return () => (this.exit = undefined);
      },
    };
  }

  get stdin(): KeyInput {
    const { keys } = this;
    return {
      isTTY: true,
      setRawMode: (raw) => (this.raw = raw),
      ...{ setEncoding: () => undefined, resume: () => undefined, pause: () => undefined },
      on: (name, listener) => keys.on(name, listener),
      off: (name, listener) => keys.off(name, listener),
    };
  }

  /** Resolves once the text has been drawn. */
  async shows(text: RegExp): Promise<void> {
    while (!text.test(stripVTControlCharacters(this.written))) {
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
  }

  press(text: string): void {
    this.keys.emit('data', text);
  }
}

let server: UnixServer | undefined;
afterEach(async () => await server?.[Symbol.asyncDispose]());

async function started(): Promise<{ terminal: Terminal; ended: Promise<number> }> {
  const container = { id: 'c', name: 'web', state: 'running', labels: {}, restarts: 1, oomKilled: false };
  const die = eventFrame(1, { id: 'd', name: 'loop', action: 'die', attributes: { exitCode: '3' } });
  server = await unixServer(({ url = '' }, response) => {
    if (url.startsWith('/v1/containers')) response.end(JSON.stringify({ containers: [container] }));
    else response.write(lines(ready, die));
  });
  const terminal = new Terminal();
  const { io, stdin } = terminal;
  const settings = await settle({ host: server.endpoint }, io);
  const ended = runTop({ names: [], flags: { color: 'never' }, settings, io, stdin });
  ended.catch(() => undefined);
  await terminal.shows(/loop +exit 3 +[^]*die ✗ exit 3[^]*web +running/);
  return { terminal, ended };
}

/** Taken once, and given back once, at the end. */
function isClean({ written, raw, keys, exit, fault }: Terminal): boolean {
  const given = written.endsWith(LEAVE) && written.split(LEAVE).length === 2;
  return written.startsWith(ENTER) && given && !raw && keys.listenerCount('data') === 0 && !exit && !fault;
}

describe('runTop', () => {
  it('shows containers and events, filters, and ends with q', async () => {
    const { terminal, ended } = await started();
    expect(terminal.raw).toBe(true);
    terminal.press('/lo\r');
    await terminal.shows(/1 container, 1 down {2}filter: lo/);
    terminal.press(' ');
    await terminal.shows(/paused/);
    terminal.press('q');
    expect(await ended).toBe(0);
    expect(isClean(terminal)).toBe(true);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ])('gives the terminal back on %s', async (reason, code) => {
    const { terminal, ended } = await started();
    terminal.ending.abort(reason);
    expect(await ended).toBe(code);
    expect(isClean(terminal)).toBe(true);
  });

  it('gives the terminal back on Ctrl-C, which is a key there', async () => {
    const { terminal, ended } = await started();
    terminal.press('\u0003');
    expect(await ended).toBe(130);
    expect(isClean(terminal)).toBe(true);
  });

  it('gives the terminal back before a fault is reported, and if the process ends', async () => {
    const { terminal, ended } = await started();
    terminal.fault?.(new Error('broken'), 'uncaughtException');
    await expect(ended).rejects.toThrow('broken');
    expect(isClean(terminal)).toBe(true);
    const other = await started();
    other.terminal.exit?.();
    expect(other.terminal.written.endsWith(LEAVE)).toBe(true);
    other.terminal.ending.abort('SIGTERM');
    expect(await other.ended).toBe(143);
    expect(isClean(other.terminal)).toBe(true);
  });
});
