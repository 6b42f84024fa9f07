import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCollector } from '../../src/collector/collector.ts';
import { openGateway } from '../../src/gateway/gateway.ts';
import { hasBrowser, openBrowser, openPage } from '../support/browser.ts';
import { event } from '../support/events.ts';
import { serveHttp } from '../support/http-server.ts';
import { nano, paintedPixels, periodOf, say, violations, withPage } from './open.ts';

let browser: Browser;
beforeAll(async () => {
  if (hasBrowser) browser = await openBrowser();
});
afterAll(async () => await browser?.close());

describe.skipIf(!hasBrowser)('the page in Chromium', () => {
  it('shows a live event as a bar and as a row', async () => {
    const collector = createCollector();
    await withPage(browser, collector, async ({ page }) => {
      await page.getByText('No container has started yet').waitFor();
      const before = await paintedPixels(page);
      say(collector, 'web', 'start', 30_000, { image: 'nginx:1.27' });
      await page.getByRole('option', { name: /web start nginx:1\.27/ }).waitFor();
      await expect.poll(async () => (await paintedPixels(page)) - before).toBeGreaterThan(200);
    });
  });

  it('zooms and moves by wheel, drag and keys', async () => {
    const collector = createCollector();
    say(collector, 'web', 'start', 600_000);
    await withPage(browser, collector, async ({ page }) => {
      await page.keyboard.press('ArrowLeft');
      await expect.poll(() => periodOf(page)).toBeGreaterThan(600_000);
      const begin = periodOf(page) ?? 0;
      await page.keyboard.press('+');
      await expect.poll(() => periodOf(page)).toBeCloseTo(begin / 2, -2);
      await page.keyboard.press('-');
      await expect.poll(() => periodOf(page)).toBeCloseTo(begin, -2);
      await page.mouse.move(700, 300);
      await page.mouse.wheel(0, -300);
      await expect.poll(() => periodOf(page)).toBeLessThan(begin * 0.9);
      const address = page.url();
      const width = periodOf(page) ?? 0;
      await page.mouse.down();
      await page.mouse.move(900, 300, { steps: 4 });
      await page.mouse.up();
      await expect.poll(() => page.url()).not.toBe(address);
      expect(periodOf(page)).toBeCloseTo(width, -2);
    });
  });

  it('filters by an expression, says where it is wrong, and has it in the address', async () => {
    const collector = createCollector();
    for (const name of ['web-1', 'web-2', 'db']) {
      say(collector, name, 'start', 60_000);
      say(collector, name, 'die', 30_000, { exitCode: name === 'db' ? '0' : '1' });
    }
    await withPage(browser, collector, async ({ page, gateway }) => {
      await page.keyboard.press('/');
      await page.keyboard.type('web-* event=die exitCode!=0');
      await expect.poll(async () => await page.getByRole('option').count()).toBe(2);
      await expect.poll(() => new URL(page.url()).hash).toContain('filter=web-*+event%3Ddie');
      expect(page.url()).not.toContain('token');
      const link = page.url();
      await page.getByRole('textbox', { name: 'Filter' }).fill('web evnt=die');
      await page.getByRole('alert').waitFor();
      expect(await page.locator('.problem mark').textContent()).toBe('evnt');
      expect(await page.getByRole('alert').textContent()).toContain('did you mean event?');
      // The link opens with its filter, in this browser's session.
      const other = await page.context().newPage();
      await other.goto(link);
      await expect.poll(async () => await other.getByRole('option').count()).toBe(2);
      expect(await other.getByRole('textbox', { name: 'Filter' }).inputValue()).toBe(
        'web-* event=die exitCode!=0',
      );
      expect(link.startsWith(`http://127.0.0.1:${gateway.port}/`)).toBe(true);
    });
  });

  it('pauses and resumes', async () => {
    const collector = createCollector();
    say(collector, 'web', 'start', 60_000);
    await withPage(browser, collector, async ({ page }) => {
      await page.getByRole('option').first().waitFor();
      await page.keyboard.press(' ');
      await page.getByText('paused · resume').waitFor();
      say(collector, 'web', 'die', 0, { exitCode: '0' });
      await page.locator('[role=tab] .count', { hasText: '2' }).waitFor();
      expect(await page.getByRole('option').count()).toBe(1);
      await page.keyboard.press(' ');
      await expect.poll(async () => await page.getByRole('option').count()).toBe(2);
    });
  });

  it('continues after the last event when the daemon is killed and started again', async () => {
    const collector = createCollector();
    say(collector, 'web', 'start', 60_000);
    await withPage(browser, collector, async ({ page, server }) => {
      await page.getByRole('option').first().waitFor();
      await server.close();
      await page.getByText('connection lost').waitFor();
      say(collector, 'web', 'die', 0, { exitCode: '7' });
      const { listenHttp } = await import('../../src/server/http/listen.ts');
      const { protocols } = await import('../../src/server/protocols.ts');
      const [again] = await listenHttp(server.context, { path: server.socket, protocols });
      await page.locator('.link-state.live').waitFor();
      await page.getByRole('option', { name: /web die exit 7/ }).waitFor();
      expect(await page.getByRole('option').count()).toBe(2);
      await again?.close();
    });
  });

  it('loads an older period, and returns', async () => {
    const collector = createCollector({ limit: 120_000 });
    const now = Date.now();
    const [count, span] = [102_000, 102_000_000];
    const list = Array.from({ length: count }, (_, i) => {
      const timeNano = nano(now - span + (span / count) * i);
      const name = i < 500 ? `old-${i % 5}` : `new-${i % 20}`;
      return event({ name, id: `id-${name}`, action: 'exec_create: true', timeNano });
    });
    for (let i = 0; i < count; i += 1000) collector.append(list.slice(i, i + 1000));
    await withPage(browser, collector, async ({ page }) => {
      const shown = async (): Promise<unknown> =>
        await page.getByRole('option').first().getAttribute('aria-setsize');
      await expect.poll(shown).toBe('100000');
      // The address of a link names the period.
      const period = `${new Date(now - span).toISOString()}..${new Date(now - span + 400_000).toISOString()}`;
      await page.goto(`${page.url().split('#')[0]}#view=${period}`);
      await page.reload();
      await page.getByText('older ones are left of them').waitFor();
      await page.getByRole('button', { name: 'load the shown period' }).click();
      await page.getByText('the past').waitFor();
      // Both ends are inclusive.
      await expect.poll(shown).toBe('401');
      expect(await page.getByRole('option', { name: /old-1/ }).count()).toBeGreaterThan(0);
      await expect.poll(() => new URL(page.url()).hash).toContain('past=');
      await page.getByText('the past · go live').click();
      await page.locator('.link-state.live').waitFor();
      await expect.poll(shown).toBe('100000');
    });
  });

  it('is used by keys alone', async () => {
    const collector = createCollector();
    say(collector, 'web', 'start', 60_000, { image: 'nginx' });
    say(collector, 'web', 'die', 30_000, { exitCode: '1' });
    say(collector, 'db', 'start', 20_000);
    await withPage(browser, collector, async ({ page }) => {
      const { keyboard } = page;
      const focused = async (): Promise<unknown> =>
        await page.evaluate(
          '(document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent).slice(0, 30)',
        );
      const reached: unknown[] = [];
      for (let i = 0; i < 25; i++) {
        await keyboard.press('Tab');
        reached.push(await focused());
      }
      for (const stop of [/^5 min/, /^web.*exit 1/, /^Lanes/, /^web/, /^Events/]) {
        expect(reached.some((each) => stop.test(String(each)))).toBe(true);
      }
      const details = page.getByRole('complementary', { name: 'Details' });
      await keyboard.press('k');
      await details.getByRole('heading', { name: 'db' }).waitFor();
      await keyboard.press('k');
      await details.getByText('exit 1 after 30 s').waitFor();
      await keyboard.press('Escape');
      await expect.poll(async () => await details.count()).toBe(0);
      await keyboard.press('c');
      await page.getByRole('table', { name: 'Containers' }).waitFor();
      await keyboard.press('/');
      await keyboard.type('db');
      await keyboard.press('Escape');
      await keyboard.press('Escape');
      await keyboard.press('?');
      const help = page.getByRole('dialog', { name: 'Keys and signs' });
      await help.waitFor();
      await keyboard.press('Escape');
      await help.waitFor({ state: 'hidden' });
      await keyboard.press('e');
      await page.getByRole('listbox').waitFor();
    });
  });

  it('explains a run on a click, and shows which containers ran on a click beside it', async () => {
    const collector = createCollector();
    say(collector, 'web', 'start', 120_000, { image: 'nginx' });
    say(collector, 'web', 'oom', 60_100);
    say(collector, 'web', 'die', 60_000, { exitCode: '137' });
    say(collector, 'db', 'start', 110_000);
    await withPage(browser, collector, async ({ page }) => {
      await page.getByRole('button', { name: /^web out of memory/ }).click();
      const details = page.getByRole('complementary', { name: 'Details' });
      await details.getByText('killed by the kernel, out of memory').waitFor();
      expect(await details.locator('.lines li').count()).toBe(3);
      await page.keyboard.press('Escape');
      const box = await page.locator('.lanes-canvas').boundingBox();
      await page.mouse.click((box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) - 10);
      await details.getByText(/\d+ containers? ran/).waitFor();
    });
  });

  it('selects a period by a drag on the axis', async () => {
    const collector = createCollector();
    for (let i = 0; i < 60; i++) say(collector, 'web', 'exec_start: true', (60 - i) * 60_000);
    await withPage(browser, collector, async ({ page }) => {
      const box = await page.locator('.axis-track').boundingBox();
      const [x, y, width] = [box?.x ?? 0, (box?.y ?? 0) + 10, box?.width ?? 0];
      await page.mouse.move(x + width * 0.4, y);
      await page.mouse.down();
      await page.mouse.move(x + width * 0.6, y, { steps: 3 });
      await page.mouse.up();
      await page.getByText('the selected period only').waitFor();
      const shown = Number(await page.getByRole('option').first().getAttribute('aria-setsize'));
      expect(shown).toBeGreaterThan(5);
      expect(shown).toBeLessThan(20);
      await page.keyboard.press('Escape');
      await expect
        .poll(async () => await page.getByRole('option').first().getAttribute('aria-setsize'))
        .toBe('60');
    });
  });

  it('shows hostile names as text', async () => {
    const collector = createCollector();
    const names = [
      '<img src=x onerror=globalThis.pwned=1>',
      '</script><script>globalThis.pwned=1</script>',
      'abc\u202egnp.exe',
      'x'.repeat(5000),
      '"><svg onload=globalThis.pwned=1>',
    ];
    for (const name of names) {
      say(collector, name, 'start', 60_000, { image: name, 'com.docker.compose.project': name });
      say(collector, name, 'die', 30_000, { exitCode: '1' });
    }
    await withPage(browser, collector, async ({ page }) => {
      await page.getByRole('option').nth(9).waitFor();
      for (const tab of ['Containers', 'Report', 'Events']) {
        await page.getByRole('tab', { name: tab }).click();
      }
      await page.getByRole('option').first().click();
      const details = page.getByRole('complementary', { name: 'Details' });
      await details.getByRole('heading', { name: names[0] ?? '' }).waitFor();
      expect(
        await page.evaluate('[globalThis.pwned, document.images.length, document.scripts.length]'),
      ).toEqual([undefined, 0, 1]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(1280);
    });
  });

  it('shows 10,000 runs in 500 lanes over a week', async () => {
    const collector = createCollector();
    const [week, now] = [7 * 86_400_000, Date.now()];
    const source = { engine: 'docker' };
    const list = Array.from({ length: 10_000 }, (_, i) => {
      const begin = now - week + (week / 10_000) * i;
      const parts = { name: `job-${i % 500}`, id: `id-${i}`, source };
      return [
        event({ ...parts, timeNano: nano(begin) }),
        event({ ...parts, action: 'die', timeNano: nano(begin + 1800_000), attributes: { exitCode: '0' } }),
      ];
    }).flat();
    list.sort((a, b) => Number(a.timeNano - b.timeNano));
    collector.append(list);
    await withPage(browser, collector, async ({ page }) => {
      await page.keyboard.press('a');
      await page.getByRole('img', { name: /Runs of 500 containers/ }).waitFor();
      expect(await page.locator('.lanes-names button').count()).toBeLessThan(60);
      expect(await page.getByRole('option').first().getAttribute('aria-setsize')).toBe('20000');
      await expect.poll(async () => await paintedPixels(page)).toBeGreaterThan(3000);
    });
  });

  it('shows 5,000 containers with few elements', async () => {
    const collector = createCollector();
    const source = { engine: 'docker' };
    const timeNano = nano(Date.now() - 1000);
    collector.append(
      Array.from({ length: 5000 }, (_, i) => event({ name: `c-${i}`, id: `id-${i}`, timeNano, source })),
    );
    await withPage(browser, collector, async ({ page }) => {
      await page.getByRole('tab', { name: 'Containers' }).click();
      await expect.poll(async () => await page.getByRole('table').getAttribute('aria-rowcount')).toBe('5001');
      expect(await page.locator('*').count()).toBeLessThan(1500);
    });
  });

  it('states clocks that differ, losses of engines, and its own gaps', async () => {
    const collector = createCollector({ limit: 1000 });
    for (let i = 0; i < 500; i++) {
      const attributes = { reason: 'upstream', detail: `the engine was away (${i})`, count: '2' };
      const timeNano = nano(Date.now() - 1000 * (500 - i));
      collector.append([
        event({ type: 'daemon', action: 'gap', id: '', name: 'docker', timeNano, attributes }),
      ]);
    }
    say(collector, 'ahead', 'start', -3_600_000, {}, { engine: 'podman' });
    say(collector, 'web', 'start', 1000);
    const engine = { detail: '', reconnects: 0, state: 'connected' } as const;
    const engines = (): never =>
      [
        { ...engine, source: { engine: 'docker' }, clockDifference: 0 },
        { ...engine, source: { engine: 'podman' }, clockDifference: 3600 },
      ] as never;
    await withPage(
      browser,
      collector,
      async ({ page }) => {
        await page.getByText("The clock of podman is 1 h ahead of the host's").waitFor();
        await page.getByText('The daemon has no journal').waitFor();
        await page.keyboard.press('a');
        await page
          .getByRole('button', { name: /the engine was away/ })
          .first()
          .waitFor();
      },
      { serve: { engines } },
    );
  });

  it("states the host's zone if the browser has another one", async () => {
    const collector = createCollector();
    await withPage(
      browser,
      collector,
      async ({ page }) => {
        await page.getByText("Times are in this browser's zone (UTC+5:45)").waitFor();
      },
      { context: { timezoneId: 'Asia/Kathmandu' } },
    );
  });

  it('asks nothing while it is idle', async () => {
    const collector = createCollector();
    await withPage(browser, collector, async ({ page }) => {
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.waitForTimeout(3000);
      expect(asked).toEqual([]);
    });
  });

  it('works once by its address, and again by a reload', async () => {
    const collector = createCollector();
    await withPage(browser, collector, async ({ page, gateway }) => {
      await page.reload();
      await page.locator('.link-state.live').waitFor();
      expect(await page.evaluate('document.cookie')).toBe('');
      const other = await openPage(browser);
      await other.page.goto(gateway.address);
      await other.page.getByText('works once').waitFor();
      await other.page.goto('about:blank');
      await other.page.goto(`http://127.0.0.1:${gateway.port}/#token=${'x'.repeat(43)}`);
      await other.page.getByText('another token').waitFor();
      await other.page.context().close();
    });
  });

  it('asks for the token of a daemon on TCP', async () => {
    const token = 'correct-horse-battery';
    await using server = await serveHttp(createCollector(), {
      http: { tcp: { address: '127.0.0.1:0', insecureLoopback: true, token } },
    });
    const { page } = await openPage(browser);
    await page.goto(server.tcp ?? '');
    await page.getByLabel('This daemon asks for its token.').fill(token);
    await page.keyboard.press('Enter');
    await page.locator('.link-state.live').waitFor();
    expect(page.url()).not.toContain(token);
    await page.context().close();
  });

  it.each([
    ['light', 1280, 800],
    ['dark', 1280, 800],
    ['light', 360, 740],
  ] as const)('has no violation that axe-core finds, %s, %i px wide', async (colorScheme, width, height) => {
    const collector = createCollector();
    say(collector, 'web', 'start', 60_000, { image: 'nginx' });
    say(collector, 'web', 'oom', 31_000);
    say(collector, 'web', 'die', 30_000, { exitCode: '137' });
    say(collector, 'db', 'start', 30_000, { image: 'postgres' });
    say(collector, 'db', 'die', 20_000, { exitCode: '1' });
    await withPage(
      browser,
      collector,
      async ({ page }) => {
        await page.getByRole('option').first().click();
        expect(await violations(page)).toEqual([]);
        await page.getByRole('button', { name: 'Close the details' }).click();
        for (const tab of ['Containers', 'Report']) {
          await page.getByRole('tab', { name: tab }).click();
          await page
            .getByText(tab === 'Report' ? 'Deaths' : 'last death')
            .first()
            .waitFor();
          expect([tab, await violations(page)]).toEqual([tab, []]);
        }
        await page.getByRole('textbox', { name: 'Filter' }).fill('evnt=die');
        await page.getByRole('button', { name: 'Keys and signs' }).click();
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      },
      { context: { colorScheme, viewport: { width, height } } },
    );
  });
});

describe.skipIf(!hasBrowser)('a gateway whose daemon is away', () => {
  it('is a lost connection on the page, with its reason', async () => {
    const gateway = await openGateway({ endpoint: 'unix:///tmp/td-nowhere/s' });
    const { page } = await openPage(browser);
    await page.goto(gateway.address);
    const lost = page.getByText('connection lost');
    await lost.waitFor();
    expect(await lost.getAttribute('title')).toContain('no daemon answers at');
    await page.context().close();
    await gateway.close();
  });
});
