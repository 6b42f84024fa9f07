/**
 * Pictures of the page, compared with those of the documentation: with a font and a clock of the
 * test. `NEW_PICTURES=1` writes them.
 */
import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { from } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Io } from '../../cli/io.ts';
import { savePage } from '../../cli/output/saved-page.ts';
import { formatCursor } from '../../src/collector/cursor.ts';
import type { Frame } from '../../src/index.ts';
import { hasBrowser, openBrowser, openPage } from '../support/browser.ts';
import { EVENING, MORNING, night } from './night.ts';
import { nano } from './open.ts';

const PICTURES = new URL('../../docs/pictures/', import.meta.url).pathname;
const { resolve } = createRequire(import.meta.url);

/** The most pixels that may differ. */
const TOLERANCE = 0.005;

let browser: Browser;
let folder: string;
beforeAll(async () => {
  if (hasBrowser) browser = await openBrowser();
  folder = mkdtempSync('/tmp/td-');
  writeFileSync(join(folder, 'night.html'), await savedNight());
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** The night as a page in a file, in the font of the test. */
async function savedNight(): Promise<string> {
  let html = '';
  const stdout = Object.assign(new EventEmitter(), { write: (text: string) => ((html += text), true) });
  const args = ['report', '-S', '22:00', '-o', 'html'];
  const frames = night().map((event, index): Frame => {
    const seq = index + 1;
    return { kind: 'event', cursor: formatCursor('night', seq), event: { ...event, seq } };
  });
  await savePage({
    frames: () => from(frames),
    since: nano(EVENING - 300_000),
    until: nano(MORNING),
    view: 'events',
    daemon: undefined,
    io: { stdout, args, signal: new AbortController().signal } as unknown as Io,
  });
  const face = (family: string, weight: number, file: string): string =>
    `@font-face{font-family:${family};font-weight:${weight};src:url(data:font/woff2;base64,${readFileSync(resolve(file)).toString('base64')})}`;
  const fonts = [
    face('Test', 400, '@fontsource/inter/files/inter-latin-400-normal.woff2'),
    face('Test', 600, '@fontsource/inter/files/inter-latin-600-normal.woff2'),
    face('TestMono', 400, '@fontsource/jetbrains-mono/files/jetbrains-mono-latin-400-normal.woff2'),
    ':root{--page-font:Test;--mono:TestMono}',
  ];
  return html
    .replace('</style>', `${fonts.join('')}</style>`)
    .replace(/"host":\{"host":"(?:[^"\\]|\\.)*","zone":"[^"]*"/, '"host":{"host":"atlas","zone":"UTC"');
}

/** The share of pixels that differ, found by the browser itself. */
async function difference(page: Page, pictures: readonly [Buffer, Buffer]): Promise<number> {
  await page.goto('about:blank');
  const find = `async ([first, second]) => {
    const read = async (text) => {
      const blob = await (await fetch('data:image/png;base64,' + text)).blob();
      const image = await createImageBitmap(blob);
      const g = new OffscreenCanvas(image.width, image.height).getContext('2d');
      g.drawImage(image, 0, 0);
      return g.getImageData(0, 0, image.width, image.height);
    };
    const [a, b] = [await read(first), await read(second)];
    if (a.width !== b.width || a.height !== b.height) return 1;
    let differing = 0;
    for (let i = 0; i < a.data.length; i += 4) {
      if ([0, 1, 2].some((c) => Math.abs(a.data[i + c] - b.data[i + c]) > 32)) differing++;
    }
    return differing / (a.data.length / 4);
  }`;
  const texts = pictures.map((each) => each.toString('base64'));
  return await page.evaluate<number>(`(${find})(${JSON.stringify(texts)})`);
}

interface Picture {
  readonly name: string;
  readonly dark?: boolean;
  readonly width?: number;
  readonly height?: number;
  /** The fragment of a link to the view. */
  readonly link?: string;
  /** Leads to the view. */
  readonly act?: (page: Page) => Promise<void>;
}

const look = async (page: Page): Promise<void> =>
  await page.getByRole('button', { name: /^shop-api-1 out of memory/ }).click();

const VIEWS: readonly Picture[] = [
  { name: 'page-night' },
  { name: 'page-night-dark', dark: true },
  { name: 'page-why', act: look },
  {
    name: 'page-zoom',
    dark: true,
    link: '#view=2026-11-28T01:50:00.000Z..2026-11-28T02:40:00.000Z',
  },
  { name: 'page-containers', act: async (page) => await page.keyboard.press('c') },
  { name: 'page-report', act: async (page) => await page.keyboard.press('r') },
  { name: 'page-phone', dark: true, width: 360, height: 740 },
];

describe.skipIf(!hasBrowser)('the page looks as in the documentation', () => {
  it.each(VIEWS)('$name', async ({ name, dark = false, width = 1280, height = 800, link = '', act }) => {
    const { page, problems } = await openPage(browser, {
      viewport: { width, height },
      ...{ colorScheme: dark ? 'dark' : 'light', timezoneId: 'UTC', bypassCSP: true },
    });
    await page.goto(`${pathToFileURL(join(folder, 'night.html')).href}${link}`);
    await page.evaluate('document.fonts.ready');
    await page.getByText('without a request').first().waitFor();
    await act?.(page);
    await page.getByText('saved').waitFor();
    if (name === 'page-report') await page.getByText('Down after a death').waitFor();
    // Drawn once more, in the font that has now been loaded.
    await page.mouse.move(2, 2);
    await page.setViewportSize({ width, height: height + 1 });
    await page.setViewportSize({ width, height });
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    const picture = await page.screenshot({ animations: 'disabled', caret: 'hide' });
    const path = join(PICTURES, `${name}.png`);
    if (process.env['NEW_PICTURES'] === '1') writeFileSync(path, picture);
    const differing = await difference(page, [picture, readFileSync(path)]);
    expect(differing).toBeLessThanOrEqual(TOLERANCE);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
