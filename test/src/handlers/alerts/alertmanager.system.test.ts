/** The body for Alertmanager, at a real one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { HttpClient } from '../../../../src/delivery/http-post.ts';
import type { AlertMessage } from '../../../../src/handlers/alerts/alert.ts';
import { presets } from '../../../../src/handlers/alerts/alert-presets.ts';
import { freePort } from '../../../support/free-port.ts';
import { findTool } from '../../../support/tools.ts';

const program = findTool('prometheus-alertmanager') ?? findTool('alertmanager');

const ROUTE = 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n';

const soon = async (check: () => Promise<unknown>): Promise<unknown> => await vi.waitFor(check, 40_000);

interface Listed {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

it.skipIf(program === undefined)(
  'shows what fires, ends what has recovered, and refuses another shape',
  async () => {
    const directory = mkdtempSync('/tmp/td-');
    const port = await freePort();
    writeFileSync(join(directory, 'conf.yml'), ROUTE);
    const child = spawn(
      program ?? '',
      [
        ...[`--config.file=${join(directory, 'conf.yml')}`, `--storage.path=${directory}`],
        ...[`--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address='],
      ],
      { stdio: 'ignore' },
    );
    onTestFinished(async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    });
    const url = `http://127.0.0.1:${port}/api/v2/alerts`;
    const target = { url, headers: {} };
    const listed = async (): Promise<readonly Listed[]> =>
      (await (await fetch(url)).json()) as readonly Listed[];
    await soon(async () => expect(await listed()).toEqual([]));
    const web = {
      ...{ name: 'web', id: 'c0ffee', engine: 'docker', image: 'web:1', count: 1 },
      ...{ text: 'web: failed with exit code 3', startedAt: Date.now() - 5000 },
    };
    const post = async (
      alert: Pick<AlertMessage['alerts'][number], 'status' | 'endedAt'>,
    ): Promise<number> => {
      const message = { id: 'm', title: web.text, alerts: [{ ...web, ...alert }] };
      const content = presets['alertmanager']?.(message, target) ?? { body: '', headers: {} };
      return (await firstValueFrom(new HttpClient(target).post(content))).status;
    };
    expect(await post({ status: 'firing', endedAt: undefined })).toBe(200);
    await soon(async () =>
      expect(await listed()).toEqual([
        expect.objectContaining({
          labels: { alertname: 'ContainerProblem', container: 'web', engine: 'docker', image: 'web:1' },
          annotations: { summary: 'web: failed with exit code 3' },
        }),
      ]),
    );
    expect(await post({ status: 'resolved', endedAt: Date.now() - 1000 })).toBe(200);
    await soon(async () => expect(await listed()).toEqual([]));
    const wrong = {
      body: JSON.stringify([{ labels: { container: 7 } }]),
      headers: { 'content-type': 'application/json' },
    };
    expect((await firstValueFrom(new HttpClient(target).post(wrong))).status).toBe(400);
  },
);
