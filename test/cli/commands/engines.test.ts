import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startDaemon } from '../../../src/daemon/index.ts';
import { cli } from '../../support/cli.ts';
import { unixServer } from '../../support/unix-server.ts';

const tidings = cli();

/** A Docker daemon whose clock is an hour ahead. */
const docker = () =>
  unixServer(({ url = '' }, response) => {
    response.setHeader('api-version', '1.41');
    response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString());
    if (url.endsWith('/info')) return response.end('{"ID":"A1:B2"}');
    if (url.endsWith('/containers/json?all=1')) return response.end('[]');
    if (!url.includes('/events')) return response.end('OK');
    response.flushHeaders();
    return url.includes('until') ? response.end() : undefined;
  });

function place(): string {
  const directory = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 's');
}

it("shows a daemon's engines, with identity and clock difference", async () => {
  await using engine = await docker();
  const stateDir = place();
  const daemon = await startDaemon({
    stateDir,
    engines: [`docker=${engine.endpoint}`, 'docker=unix:///tmp'],
  });
  onTestFinished(() => daemon.close());
  await expect.poll(() => daemon.engines()[0]?.state).toBe('connected');
  const { stdout } = await tidings(['engines', '--state-dir', stateDir]).finished;
  const [head, ours, directory] = stdout.split('\n');
  expect(head).toMatch(/^ENGINE +STATE +VERSION/);
  expect(ours).toMatch(
    /^docker +connected +1\.41 +- +oldest +\+(3599|3600|3601) s +0 +unix:\/\/\S+ +A1:B2 +its events arrive$/,
  );
  expect(directory).toMatch(/^docker +absent .*it is a directory, not a socket/);
  const json = await tidings(['engines', '-o', 'json', '--state-dir', stateDir]).finished;
  expect(JSON.parse(json.stdout.split('\n')[0] ?? '')).toMatchObject({
    ...{ engine: 'docker', endpoint: engine.endpoint, id: 'A1:B2', state: 'connected', reconnects: 0 },
    position: 'oldest',
  });
});

it('asks the engines of this machine where there is no daemon', async () => {
  await using engine = await docker();
  const env = { DOCKER_HOST: engine.endpoint, CONTAINER_HOST: 'npipe:////./pipe/p', HOME: '/nowhere' };
  const { stdout, stderr } = await tidings(['engines', '--state-dir', place()], { env }).finished;
  expect(stdout).toContain(engine.endpoint);
  expect(stderr).toMatch(/CONTAINER_HOST is not followed: .*npipe:\/\/ is not supported/);
});
