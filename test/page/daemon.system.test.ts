/** The page of a real daemon: killed and started again, and saved to a file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendContainerEvent } from '../../src/index.ts';
import { hasBrowser, openBrowser, openPage } from '../support/browser.ts';
import { cli, type Running } from '../support/cli.ts';
import { dockerdAvailable, useDockerd } from '../support/dockerd.ts';
import { stateDirectory } from '../support/state-directory.ts';

let browser: Browser;
beforeAll(async () => {
  if (hasBrowser) browser = await openBrowser();
});
afterAll(async () => await browser?.close());

const tidings = cli();

interface Place {
  readonly directory: string;
  readonly flags: readonly string[];
}

async function serve({ directory, flags }: Place, engine = 'none'): Promise<Running> {
  const daemon = tidings(['serve', ...flags, '--data-dir', join(directory, 'data'), '--engine', engine]);
  await daemon.until(/"msg":"ready"/, 'stderr');
  return daemon;
}

/** A state directory below one of the test, and its flags. */
function place(): Place {
  const directory = stateDirectory();
  return { directory, flags: ['--state-dir', join(directory, 's')] };
}

const send = async ({ directory }: Place, name: string, state: 'start' | 'die'): Promise<void> =>
  await sendContainerEvent({ directory: join(directory, 's'), name, state });

/** The rows of containers in the list, from the first. */
async function rows(page: Page): Promise<readonly string[]> {
  const texts = await page.getByRole('option').allTextContents();
  return texts
    .map((text) => /\.\d{3}(\S+?)(start|die)/.exec(text)?.slice(1).join(' ') ?? '')
    .filter((text) => text !== '');
}

describe.skipIf(!hasBrowser)('the page of a real daemon', () => {
  it('continues after a SIGKILL of the daemon, without a hole or a repeat', async () => {
    const at = place();
    const daemon = await serve(at);
    const gateway = tidings(['page', '--no-open', ...at.flags]);
    await gateway.until(/#token=/);
    const { page, problems } = await openPage(browser);
    await page.goto(gateway.stdout().trim());
    await page.locator('.link-state.live').waitFor();
    const expected: string[] = [];
    for (let round = 0; round < 3; round++) {
      for (const state of ['start', 'die'] as const) {
        await send(at, `c${round}`, state);
        expected.push(`c${round} ${state}`);
        await page.getByRole('option', { name: new RegExp(`c${round} ${state}`) }).waitFor();
      }
    }
    daemon.child.kill('SIGKILL');
    await daemon.finished;
    await page.getByText('connection lost').waitFor();
    await serve(at);
    // Before the page is back.
    await send(at, 'meanwhile', 'start');
    expected.push('meanwhile start');
    await page.getByRole('option', { name: /meanwhile start/ }).waitFor();
    await page.locator('.link-state.live').waitFor();
    await send(at, 'later', 'start');
    expected.push('later start');
    await page.getByRole('option', { name: /later start/ }).waitFor();
    expect(await rows(page)).toEqual(expected);
    await page.context().close();
    expect(problems).toEqual([]);
  });

  it('asks the journal which containers ran at a time', async () => {
    const at = place();
    await serve(at);
    await send(at, 'web', 'start');
    const gateway = tidings(['page', '--no-open', ...at.flags]);
    await gateway.until(/#token=/);
    const { page } = await openPage(browser);
    await page.goto(gateway.stdout().trim());
    await page.getByRole('option', { name: /web start/ }).waitFor();
    // The live edge is at the right end.
    const box = await page.locator('.axis-track').boundingBox();
    const { x = 0, y = 0, width = 0 } = box ?? {};
    await page.waitForTimeout(1500);
    const edge = x + width / 1.03;
    await page.mouse.click(edge - 3, y + 8);
    const details = page.getByRole('complementary', { name: 'Details' });
    await expect
      .poll(async () => await details.locator('.lead').textContent())
      .toMatch(/^\d containers? ran$/);
    await page.context().close();
  });

  it('saves to a file that makes no request', async () => {
    const at = place();
    await serve(at);
    await send(at, 'web', 'start');
    await send(at, 'web', 'die');
    const saved = tidings(['events', ...at.flags, '-S', '1h', '-o', 'html']);
    const { stdout, code } = await saved.finished;
    expect(code).toBe(0);
    const file = join(at.directory, 'incident.html');
    writeFileSync(file, stdout);
    const { page, problems } = await openPage(browser);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await page.getByRole('option', { name: /web die/ }).waitFor();
    await page.getByRole('option', { name: /web die/ }).click();
    for (const tab of ['Containers', 'Report']) await page.getByRole('tab', { name: tab }).click();
    await page.keyboard.press('-');
    expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href]);
    expect(await rows(page).then(() => problems)).toEqual([]);
    await page.context().close();
  });
});

describe.skipIf(!hasBrowser || !dockerdAvailable)('the page of a real dockerd', () => {
  const dockerd = useDockerd();

  it('shows runs, causes of deaths, a crash loop and health', async () => {
    const at = place();
    await serve(at, `docker=${dockerd().endpoint}`);
    const gateway = tidings(['page', '--no-open', ...at.flags]);
    await gateway.until(/#token=/);
    const { page, problems } = await openPage(browser);
    await page.goto(gateway.stdout().trim());
    await page.locator('.link-state.live').waitFor();
    const labels = { 'com.docker.compose.project': 'shop' };
    const sleep = ['sleep', '1000'];
    const ill = { Healthcheck: { Test: ['CMD', 'false'], Interval: 1e9, Retries: 1 } };
    await dockerd().launch({ name: 'shop-web-1', command: sleep, labels });
    await dockerd().launch({ name: 'shop-api-1', command: sleep, labels, config: ill });
    await dockerd().launch({ name: 'shop-job-1', command: ['sh', '-c', 'sleep 1; exit 3'], labels });
    const always = { RestartPolicy: { Name: 'always' } };
    await dockerd().launch({ name: 'shop-loop-1', command: ['false'], labels, host: always });
    await dockerd().launch({ name: 'killed', command: sleep });
    await dockerd().api('POST', '/containers/killed/kill');
    await dockerd().launch({ name: 'stopped', command: sleep });
    await dockerd().api('POST', '/containers/stopped/stop?t=1');
    // Health checks of the engine push deaths out of the list's view.
    await page.getByRole('textbox', { name: 'Filter' }).fill('event=die !shop-loop-1');
    await page.getByRole('option', { name: /shop-job-1 die exit 3/ }).waitFor();
    await page.getByRole('option', { name: /killed die on request \(SIGKILL\)/ }).waitFor();
    await page.getByRole('option', { name: /stopped die on request/ }).waitFor();
    await page.getByRole('textbox', { name: 'Filter' }).fill('');
    await page.getByRole('button', { name: /shop-loop-1 crash loop/ }).waitFor();
    await page.getByRole('button', { name: /shop-api-1 unhealthy/ }).waitFor();
    await page.getByRole('button', { name: /shop-job-1 exit 3/ }).click();
    const details = page.getByRole('complementary', { name: 'Details' });
    await details.getByText('ran for').waitFor();
    await details.locator('.attributes').getByText('com.docker.compose.project').waitFor();
    const { PAGE_PICTURE: picture } = process.env;
    if (picture !== undefined) await page.screenshot({ path: picture });
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: 'Containers' }).click();
    await page.getByRole('row', { name: /shop-web-1 running/ }).waitFor();
    await page.context().close();
    expect(problems).toEqual([]);
  });
});
