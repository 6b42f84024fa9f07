/** The image, built and run by podman, with the socket of a real Docker engine. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { dockerdAvailable, useDockerd } from '../support/dockerd.ts';
import { builtExecutable, canBuild, packaging } from '../support/release.ts';
import { findTool } from '../support/tools.ts';
import { root } from '../support/tree.ts';

const TAG = `localhost/tidings:test-${process.pid}`;
/** Limits that also a container inside a container may set, and no network. */
const HERE = [
  '--runtime=runc',
  '--network=none',
  '--ulimit=nofile=512:512',
  '--ulimit=nproc=512:512',
  '--no-healthcheck',
];

function podman(...args: string[]): string {
  return execFileSync('podman', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

describe.skipIf(
  !canBuild || !dockerdAvailable || findTool('podman') === undefined || findTool('runc') === undefined,
)('the image', () => {
  const docker = useDockerd();
  beforeAll(() => {
    const built = builtExecutable();
    packaging(`
        import { readFileSync } from 'node:fs';
        import { buildImage } from './packaging/image/build.js';
        buildImage({ file: '${built}/tidings', licences: readFileSync('${built}/licences', 'utf8') }, '${TAG}');
      `);
  }, 600_000);
  afterAll(() => void spawnSync('podman', ['rmi', '--force', TAG]));

  it('has at most 130 MB, another user than root, and a health check', () => {
    const [image] = JSON.parse(podman('image', 'inspect', TAG)) as {
      Size: number;
      User: string;
      HealthCheck?: object;
      Healthcheck?: object;
    }[];
    expect(image?.Size).toBeLessThan(130e6);
    expect(image?.User).toBe('65532:65532');
    expect(image?.HealthCheck ?? image?.Healthcheck).toBeDefined();
  });

  it('records the events of an engine, with a read-only root and the group of its socket', async () => {
    const { socket } = docker();
    const group = execFileSync('stat', ['-c', '%g', socket], { encoding: 'utf8' }).trim();
    const options = [
      '--detach',
      '--read-only',
      '--cap-drop=all',
      `--group-add=${group}`,
      `--volume=${socket}:/run/docker.sock`,
    ];
    const id = podman(
      'run',
      ...HERE,
      ...options,
      TAG,
      'serve',
      '--engine',
      'docker=unix:///run/docker.sock',
    ).trim();
    onTestFinished(() => void spawnSync('podman', ['rm', '--force', '--volumes', id]));
    const inside = (...args: string[]): { status: number | null; stdout: string } =>
      spawnSync('podman', ['exec', id, '/usr/bin/tidings', ...args], { encoding: 'utf8' });
    await vi.waitFor(() => expect(inside('engines').stdout).toMatch(/docker +connected/), {
      timeout: 45_000,
      interval: 300,
    });
    await docker().run({ name: 'job', command: ['sh', '-c', 'exit 3'] });
    await vi.waitFor(
      () => {
        const { stdout } = inside('events', '-S', '10m', '--no-follow', '-n', 'job', '-o', '{{.Action}}');
        expect(stdout).toMatch(/create\n[^]*start\n[^]*die\n/);
      },
      { timeout: 30_000, interval: 300 },
    );
    // The health check, and its failure without a daemon.
    const check = ['ps', '--host', 'unix:///run/tidings/tidings.sock'];
    expect(inside(...check).status).toBe(0);
    const alone = spawnSync('podman', ['run', '--rm', ...HERE, '--read-only', TAG, ...check], {
      encoding: 'utf8',
    });
    expect(alone.status).toBe(69);
  });
});

it.skipIf(findTool('docker-compose') === undefined)('has a compose file that docker-compose takes', () => {
  const folder = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(root, 'packaging/image/compose.yaml');
  const printed = execFileSync('docker-compose', ['--file', file, 'config'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder, DOCKER_GID: '4711' },
  });
  expect(printed).toMatch(/user: 65532:4711/);
});
