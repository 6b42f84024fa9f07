/**
 * The page in a real browser, which draws in software: a history shown, and events that arrive, both
 * beside an empty page. The page is that of `tidings page`, in front of a daemon with a journal.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { createCollector } from '../../src/index.ts';
import { journalIn, openJournal } from '../../src/journal.ts';
import { hasBrowser, openBrowser } from '../../test/support/browser.ts';
import { atLeast, both, more, within } from '../harness/aim.ts';
import type { Benchmark, Line } from '../harness/benchmark.ts';
import { command, type DaemonProcess, environment, startDaemon } from '../harness/built-command.ts';
import { healthOf } from '../harness/get.ts';
import { makeHistory } from '../harness/history.ts';

/** As many as the page holds. */
const EVENTS = 100_000;
/** Events a second that arrive, and their containers. */
const RATE = 2000;
const CONTAINERS = 200;
/** Time over which frames are counted, in ms. */
const WATCHED = 5000;

/** Records a week of events that ends now. */
async function record(directory: string, count: number): Promise<void> {
  const journal = await openJournal({ directory: journalIn(directory), durability: 'none' });
  const collector = createCollector({ ...journal, limit: 1000 });
  journal.follow(collector);
  for (const events of makeHistory(count, BigInt(Date.now()) * 1_000_000n)) {
    collector.append(events);
    await journal.flush();
  }
  collector.complete();
  await journal.close();
}

/** `tidings page` in front of the daemon; its address works once. */
async function openGateway({ stateDir }: DaemonProcess): Promise<{ address: string; child: ChildProcess }> {
  const args = [command, 'page', '--no-open', '--state-dir', stateDir];
  const child = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  const [address] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { address, child };
}

/** Works with a page of its own, on a gateway of its own. */
async function withPage(
  daemon: DaemonProcess,
  browser: Browser,
  work: (page: Page, address: string) => Promise<number>,
): Promise<number> {
  const { address, child } = await openGateway(daemon);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    return await work(await context.newPage(), address);
  } finally {
    await context.close();
    child.kill();
  }
}

/** Resolves once a page is loaded and its text in the corner says that it is live. */
async function untilLive(page: Page): Promise<void> {
  await page.locator('.link-state.live').waitFor({ timeout: 120_000 });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start);
}

/** Frames a second that the page draws. */
async function framesOf(page: Page, time: number): Promise<number> {
  return await page.evaluate<number>(`new Promise((resolve) => {
    const start = performance.now();
    let count = 0;
    const frame = () => {
      const passed = performance.now() - start;
      if (passed >= ${time}) return resolve((count * 1000) / passed);
      count++;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  })`);
}

/** Writes events into the FIFO at that rate, until it is stopped. */
async function feed(fifo: FileHandle, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  for (let written = 0; !signal.aborted; await delay(20)) {
    const lines: string[] = [];
    for (const due = (performance.now() - start) * (RATE / 1000); written < due; written++) {
      lines.push(`${JSON.stringify(liveEvent(written))}\n`);
    }
    for (let i = 0; i < lines.length; i += 20) await fifo.write(lines.slice(i, i + 20).join(''));
  }
}

/** One of ten is a start or a death, the others are checks of the health. */
function liveEvent(i: number): object {
  const container = (i * 7919) % CONTAINERS;
  const name = `svc-${container}`;
  const turn = Math.floor(i / CONTAINERS);
  const attributes = { name, image: `team/${name}:1`, 'com.docker.compose.project': `p${container % 12}` };
  if (i % 10 === 0) {
    const action = turn % 2 === 0 ? 'start' : 'die';
    return {
      action,
      name,
      attributes: action === 'die' ? { ...attributes, exitCode: String(turn % 3) } : attributes,
    };
  }
  const action = i % 2 === 0 ? 'exec_start: sh -c true' : 'exec_die';
  return { action, name, attributes: { ...attributes, execID: `e${i}` } };
}

export const benchmark: Benchmark = {
  name: 'browser',
  missing: () => (hasBrowser ? undefined : 'Chromium is not installed'),
  async measure({ directory, rounds, quick, scaled }) {
    const count = scaled(EVENTS);
    await record(join(directory, 'data'), count);
    await using daemon = await startDaemon(directory, ['--limit', '1000']);
    const browser = await openBrowser();
    try {
      const lines: Line[] = [];
      const shown = { a: [] as number[], b: [] as number[] };
      const most = Math.min(rounds, 5);
      // The first round fills the caches, and does not count.
      for (let round = 0; round <= most; round++) {
        const empty = async (page: Page, address: string): Promise<number> =>
          await timed(() => page.goto(new URL('/icon.svg', address).href));
        const whole = async (page: Page, address: string): Promise<number> =>
          await timed(async () => {
            await page.goto(address);
            await untilLive(page);
          });
        const [a, b] = [await withPage(daemon, browser, whole), await withPage(daemon, browser, empty)];
        if (round === 0) continue;
        shown.a.push(a);
        shown.b.push(b);
      }
      const title = `${count.toLocaleString('en')} events shown ÷ an empty page`;
      lines.push({ what: title, unit: 'ns', pairs: shown, aim: within(1.5e9, '1.5 s') });

      const frames = { a: [] as number[], b: [] as number[] };
      const fifo = await open(daemon.fifo, 'w');
      const watched = quick ? WATCHED / 5 : WATCHED;
      const before = (await healthOf(daemon.socket)).events;
      const start = performance.now();
      const stop = new AbortController();
      const feeding = feed(fifo, stop.signal);
      for (let round = 0; round < most; round++) {
        frames.a.push(
          await withPage(daemon, browser, async (page, address) => {
            await page.goto(address);
            await untilLive(page);
            return await framesOf(page, watched);
          }),
        );
        frames.b.push(await withPage(daemon, browser, async (page) => await framesOf(page, watched)));
      }
      const rate = ((await healthOf(daemon.socket)).events - before) / ((performance.now() - start) / 1000);
      stop.abort();
      await feeding;
      await fifo.close();
      const what = `frames with ${Math.round(rate).toLocaleString('en')} events/s ÷ on an empty page`;
      lines.push({ what, unit: 'frames/s', pairs: frames, aim: both(atLeast(0.5), more(30, '30/s')) });
      return lines;
    } finally {
      await browser.close();
    }
  },
};
