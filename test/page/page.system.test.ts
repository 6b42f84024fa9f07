import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCollector, type Collector } from '../../src/collector/collector.ts';
import { openGateway } from '../../src/gateway/gateway.ts';
import { hasBrowser, openBrowser, openPage } from '../support/browser.ts';
import { event } from '../support/events.ts';
import { serveHttp } from '../support/http-server.ts';

let browser: Browser;
beforeAll(async () => {
  if (hasBrowser) browser = await openBrowser();
});
afterAll(async () => await browser?.close());

const nano = (ms: number): bigint => BigInt(Math.round(ms)) * 1_000_000n;

/** Appends an event of a container; `ago` in ms. */
function say(collector: Collector, name: string, action: string, ago = 0, attributes = {}): void {
  const source = { engine: 'docker' };
  const timeNano = nano(Date.now() - ago);
  collector.append([event({ name, id: `id-${name}`, action, attributes, timeNano, source })]);
}

/** Opens the page of a collector in the browser. */
async function withPage(
  collector: Collector,
  body: (page: Page, address: string) => Promise<void>,
  options: Parameters<typeof openPage>[1] = {},
): Promise<void> {
  await using server = await serveHttp(collector);
  const gateway = await openGateway({ endpoint: server.endpoint });
  const { page, problems } = await openPage(browser, options);
  try {
    await page.goto(gateway.address);
    await page.getByText('live', { exact: true }).waitFor();
    await body(page, gateway.address);
    expect(problems).toEqual([]);
  } finally {
    await page.close();
    await gateway.close();
  }
}

/** The part of a canvas that is used here: these tests have no types of browsers. */
interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
  };
}

/** The count of pixels of the lanes that have the colour of no background. */
async function paintedPixels(page: Page): Promise<number> {
  return await page.locator('.lanes-canvas').evaluate((element) => {
    const canvas = element as unknown as Canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let painted = 0;
    for (let i = 0; i < data.length; i += 4) if ((data[i + 3] ?? 0) > 200) painted++;
    return painted;
  });
}

/** Violations that axe-core finds, in short. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const found = await axe.run();
    return found.violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
    );
  });
}

describe.skipIf(!hasBrowser)('the page in Chromium', () => {
  it('shows a live event as a bar and as a row', async () => {
    const collector = createCollector();
    await withPage(collector, async (page) => {
      await page.getByText('No container has started yet').waitFor();
      const before = await paintedPixels(page);
      say(collector, 'web', 'start', 60_000, { image: 'nginx:1.27' });
      await page.getByRole('option', { name: /web start nginx:1\.27/ }).waitFor();
      await expect.poll(async () => (await paintedPixels(page)) - before).toBeGreaterThan(200);
    });
  });

  it('has no violation that axe-core finds', async () => {
    const collector = createCollector();
    say(collector, 'web', 'start', 60_000);
    say(collector, 'web', 'die', 30_000, { exitCode: '1' });
    await withPage(collector, async (page) => {
      await page.getByRole('option').first().click();
      expect(await violations(page)).toEqual([]);
    });
  });
});
