import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cli } from '../../support/cli.ts';
import { ask } from '../../support/unix-http.ts';
import { webHost } from '../../support/web-host.ts';

const tidings = cli();
let root = '';
beforeEach(() => (root = mkdtempSync('/tmp/td-')));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const file = (text: string): string => {
  const path = join(root, 'forward.yaml');
  writeFileSync(path, text);
  return path;
};

const place = (): string[] => ['--state-dir', join(root, 'state')];

async function serving(path: string) {
  const flags = ['--engine', 'none', '--data-dir', join(root, 'data'), '--forward', path];
  const serve = tidings(['serve', ...flags, ...place()]);
  await serve.until(/"msg":"ready"/, 'stderr');
  return serve;
}

const die = async (name: string): Promise<unknown> =>
  await tidings(['send', 'container', name, 'die', '--exit-code', '3', '--pid', '1', ...place()]).finished;

const namesIn = (path: string): string[] =>
  (existsSync(path) ? readFileSync(path, 'utf8') : '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { name: string }).name);

describe('tidings forward', () => {
  it('check describes the forwarders, without secrets, and lists errors', async () => {
    const path = file(`forward:
  - { name: logs, file: /var/log/events.ndjson }
  - name: web
    when: { name: 'web-*' }
    http: { url: 'https://h.example/a?key=SECRET', token: { env: NO_SUCH_TOKEN } }
    batch: { count: 1, every: 5s }
`);
    const checked = await tidings(['forward', 'check', path]).finished;
    expect(checked.stdout.split('\n')).toEqual([
      'logs: every event to file /var/log/events.ndjson (batches of 500 events, 1.0 MiB, 1s)',
      'web: name=web-* to http https://h.example/a (batches of 1 event, 1.0 MiB, 5s)',
      '',
    ]);
    expect(checked.stderr).toContain(`${path}:5: forward[1].http.token: there is no environment variable`);
    const wrong = await tidings(['forward', 'check', file('forward:\n  - name: a\n    filee: /x\n')])
      .finished;
    expect(wrong).toMatchObject({ code: 64, stdout: '' });
    expect(wrong.stderr).toMatch(/forward\.yaml:3: forward\[0\]\.filee: unknown key: known are name, when/);
  });

  it('test sends one event', async () => {
    const out = join(root, 'out');
    const path = file(`forward: [{ name: logs, file: ${out} }, { name: gone, http: 'x' }]`);
    expect(await tidings(['forward', 'test', 'logs', path]).finished).toMatchObject({ code: 64 });
    const good = file(
      `forward: [{ name: logs, file: ${out} }, { name: gone, http: { url: 'http://127.0.0.1:1' } }]`,
    );
    const done = await tidings(['forward', 'test', 'logs', good]).finished;
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('accepted the event') });
    expect(readFileSync(out, 'utf8')).toMatch(/"type":"tidings","action":"test"/);
    const failed = await tidings(['forward', 'test', 'gone', good]).finished;
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(/did not accept .*ECONNREFUSED/) });
    expect((await tidings(['forward', 'test', 'x', good]).finished).stderr).toContain('known are logs, gone');
  });
});

describe('tidings serve --forward', () => {
  it('delivers, resumes after a restart, and takes a new file on SIGHUP', async () => {
    const [out, other] = [join(root, 'out'), join(root, 'other')];
    const path = file(`forward: [{ name: logs, file: ${out}, batch: { every: 10ms } }]`);
    const first = await serving(path);
    await die('a');
    await vi.waitFor(() => expect(namesIn(out)).toEqual(['a']), 20_000);
    const { stdout } = await tidings(['forward', 'status', '-o', 'json', ...place()]).finished;
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'logs',
      sink: 'file',
      state: 'ok',
      lag: 0,
      sent: 1,
      file: path,
    });
    first.child.kill('SIGKILL');
    await first.finished;

    const second = await serving(path);
    await die('b');
    await vi.waitFor(() => expect(namesIn(out)).toEqual(['a', 'b']), 20_000);
    file(`forward: [{ name: logs, file: ${other}, batch: { every: 10ms } }]`);
    second.child.kill('SIGHUP');
    await second.until(/forwarders in force: logs.*\n(.*\n)*.*forwarders in force/, 'stderr');
    await die('c');
    await vi.waitFor(() => expect(namesIn(other)).toEqual(['c']), 20_000);
    file('forward: [{}]');
    second.child.kill('SIGHUP');
    await second.until(/the forwarders are unchanged: .*forward\.yaml:1/, 'stderr');
    second.child.kill('SIGTERM');
    expect((await second.finished).code).toBe(0);
  });

  it('tells a sink that is down: in the health, the metrics and the status, without secrets', async () => {
    const host = await webHost(() => undefined);
    await host[Symbol.asyncDispose]();
    const serve = await serving(
      file(`forward: [{ name: web, http: { url: '${host.url}', token: SECRET }, batch: { every: 10ms } }]`),
    );
    await die('a');
    const socket = join(root, 'state/tidings.sock');
    await vi.waitFor(async () => {
      const health = JSON.parse((await ask(socket, 'GET', '/healthz')).body) as Record<string, unknown>;
      expect(health).toMatchObject({
        status: 'degraded',
        forwarders: [{ name: 'web', state: 'retrying', lag: 1 }],
      });
    }, 20_000);
    const { body } = await ask(socket, 'GET', '/metrics');
    expect(body).toContain('tidings_forwarder_up{forwarder="web",sink="http"} 0');
    expect(body).toContain('tidings_forwarder_lag_events{forwarder="web",sink="http"} 1');
    const status = await tidings(['forward', 'status', ...place()]).finished;
    expect(status.stdout).toMatch(/^web +http +retrying .*ECONNREFUSED/m);
    serve.child.kill('SIGTERM');
    const { stderr } = await serve.finished;
    expect(stderr + status.stdout + body).not.toMatch(/SECRET|a=b/);
  });

  it('needs the journal', async () => {
    const path = file('forward: [{ name: a, stdout: true }]');
    const { code, stderr } = await tidings(['serve', '--no-journal', '--forward', path, ...place()]).finished;
    expect(code).toBe(64);
    expect(stderr).toContain('leave out --no-journal');
  });
});
