/** The monitoring kit, with a real Prometheus that scrapes a real daemon. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { cli } from '../support/cli.ts';
import { textOf } from '../support/release.ts';
import { findTool } from '../support/tools.ts';
import { root } from '../support/tree.ts';

const kit = join(root, 'contrib/prometheus');
const tidings = cli();

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(textOf('contrib/grafana/tidings.json')) as { readonly panels: readonly Panel[] };
const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as const),
);

it('has unique panels, each with a title and a query', () => {
  expect(new Set(dashboard.panels.map(({ title }) => title)).size).toBe(dashboard.panels.length);
  expect(queries.length).toBeGreaterThan(10);
});

describe.skipIf(findTool('promtool') === undefined)('the alerts', () => {
  it('are valid, and are raised and end as their tests say', () => {
    execFileSync('promtool', ['check', 'rules', 'tidings.rules.yml'], { cwd: kit, stdio: 'pipe' });
    execFileSync('promtool', ['check', 'config', '--syntax-only', 'prometheus.yml'], {
      cwd: kit,
      stdio: 'pipe',
    });
    execFileSync('promtool', ['test', 'rules', 'tidings.rules.test.yml'], { cwd: kit, stdio: 'pipe' });
  });

  it('are all tested', () => {
    const names = [...textOf('contrib/prometheus/tidings.rules.yml').matchAll(/- alert: (\w+)/g)];
    const tests = textOf('contrib/prometheus/tidings.rules.test.yml');
    for (const [, name = ''] of names)
      expect(tests).toMatch(new RegExp(`alertname: ${name}\\n\\s+exp_alerts`));
  });
});

describe.skipIf(findTool('prometheus') === undefined)('a Prometheus that scrapes a daemon', () => {
  it('has the alerts, and data for every query of the dashboard', async () => {
    const home = mkdtempSync('/tmp/td-');
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    const [port, own] = [await freePort(), await freePort()];
    const state = ['--state-dir', join(home, 'state')];
    const serve = tidings([
      ...['serve', ...state, '--data-dir', join(home, 'data'), '--engine', 'docker=unix:///nowhere.sock'],
      ...['--listen', `localhost:${port}`, '--insecure-loopback'],
    ]);
    await serve.until(/"msg":"ready"/, 'stderr');
    // A reader, so that there is a subscription to measure.
    const reader = tidings(['events', ...state, '-o', 'json']);
    for (const words of [['start'], ['oom'], ['die', '--exit-code', '137'], ['start']])
      expect((await tidings(['send', 'container', 'web', ...words, ...state]).finished).code).toBe(0);
    await reader.until(/"action":"die"/);

    const config = textOf('contrib/prometheus/prometheus.yml')
      .replaceAll('localhost:7777', `localhost:${port}`)
      .replace('scrape_interval: 15s', 'scrape_interval: 1s')
      .replace('tidings.rules.yml', join(kit, 'tidings.rules.yml'));
    writeFileSync(join(home, 'prometheus.yml'), config);
    const prometheus = spawn(
      findTool('prometheus') ?? '',
      [
        `--config.file=${join(home, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(home, 'tsdb')}`,
        `--web.listen-address=localhost:${own}`,
      ],
      { stdio: 'ignore' },
    );
    const ended = new Promise((resolve) => prometheus.once('exit', resolve));
    onTestFinished(async () => {
      prometheus.kill('SIGKILL');
      await ended;
    });
    const ask = async (path: string): Promise<{ status: string; data: never }> =>
      (await (await fetch(`http://localhost:${own}/api/v1/${path}`)).json()) as never;
    const results = async (expr: string): Promise<readonly unknown[]> => {
      // Rates need a few scrapes; a rate over five seconds instead of minutes has them soon.
      const soon = expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*');
      const answer = await ask(`query?query=${encodeURIComponent(soon)}`);
      expect({ expr, status: answer.status }).toEqual({ expr, status: 'success' });
      return (answer.data as { result: readonly unknown[] }).result;
    };
    await vi.waitFor(
      async () => expect(await results('sum_over_time(up{job="tidings"}[1m]) > 2')).toHaveLength(1),
      {
        timeout: 50_000,
        interval: 500,
      },
    );
    const groups = (await ask('rules')).data as {
      groups: readonly { rules: readonly { health: string }[] }[];
    };
    const rules = groups.groups.flatMap((group) => group.rules);
    expect(rules.length).toBe(11);
    for (const rule of rules) expect(['ok', 'unknown']).toContain(rule.health);
    for (const [title, expr] of queries) {
      await vi.waitFor(
        async () =>
          expect({ title, expr, results: (await results(expr)).length }).not.toMatchObject({ results: 0 }),
        { timeout: 20_000, interval: 500 },
      );
    }
    expect(readFileSync(join(kit, 'prometheus.yml'), 'utf8')).toContain('job_name: tidings');
  }, 120_000);
});

async function freePort(): Promise<number> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.listen(0, 'localhost', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
