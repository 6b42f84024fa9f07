/** Opens the page of a collector in a real browser. */
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { createStateTable } from '../../operators/state-table.ts';
import type { Collector } from '../../src/collector/collector.ts';
import { type Gateway, openGateway } from '../../src/gateway/gateway.ts';
import { openPage } from '../support/browser.ts';
import { event } from '../support/events.ts';
import { type HttpServer, serveHttp, type ServeOptions } from '../support/http-server.ts';

export interface Opened {
  readonly page: Page;
  readonly gateway: Gateway;
  readonly server: HttpServer;
}

/** Runs a test with the page once it is live; an error in the page fails the test. */
export async function withPage(
  browser: Browser,
  collector: Collector,
  body: (opened: Opened) => Promise<void>,
  {
    context = {},
    serve = {},
  }: { readonly context?: BrowserContextOptions; readonly serve?: ServeOptions } = {},
): Promise<void> {
  // The list of containers is empty and older than all events: the page folds them itself.
  const containers = { cursor: '', states: createStateTable() };
  await using server = await serveHttp(collector, { containers, ...serve });
  const gateway = await openGateway({ endpoint: server.endpoint });
  const { page, problems } = await openPage(browser, context);
  try {
    await page.goto(gateway.address);
    await page.locator('.link-state.live').waitFor();
    await body({ page, gateway, server });
    expect(problems).toEqual([]);
  } finally {
    await page.context().close();
    await gateway.close();
  }
}

/** Milliseconds as nanoseconds. */
export const nano = (ms: number): bigint => BigInt(Math.round(ms)) * 1_000_000n;

/** Appends an event of a container, `ago` ms before now. */
export function say(
  collector: Collector,
  name: string,
  action: string,
  ago = 0,
  attributes: Readonly<Record<string, string>> = {},
  source = { engine: 'docker' },
): void {
  const timeNano = nano(Date.now() - ago);
  collector.append([event({ name, id: `id-${name}`, action, attributes, timeNano, source })]);
}

/** The part of a canvas that is used here: these tests have no types of browsers. */
interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
  };
}

/** The count of opaque pixels of the lanes. */
export async function paintedPixels(page: Page): Promise<number> {
  return await page.locator('.lanes-canvas').evaluate((element) => {
    const canvas = element as unknown as Canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let painted = 0;
    for (let i = 0; i < data.length; i += 4) if ((data[i + 3] ?? 0) > 200) painted++;
    return painted;
  });
}

/** The shown period in ms, from the address; undefined while it follows the live edge. */
export function periodOf(page: Page): number | undefined {
  const [from, to] = (new URLSearchParams(new URL(page.url()).hash.slice(1)).get('view') ?? '')
    .split('..')
    .map((text) => Date.parse(text));
  return from === undefined || to === undefined ? undefined : to - from;
}

/** Violations that axe-core finds, in short. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const found = await checker.run();
    return found.violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
    );
  });
}
