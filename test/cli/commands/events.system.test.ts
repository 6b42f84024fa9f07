import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { cli } from '../../support/cli.ts';
import { dockerdAvailable, useDockerd } from '../../support/dockerd.ts';
import { findTool } from '../../support/tools.ts';

const client = findTool('docker');

describe.skipIf(!dockerdAvailable)('tidings events without a daemon, beside a real dockerd', () => {
  const tidings = cli();
  const dockerd = useDockerd();
  const env = (): Record<string, string> => ({ DOCKER_HOST: dockerd().endpoint });

  it('prints what dockerd holds, byte for byte', async () => {
    await dockerd().run({ name: 'web-1', command: ['sh', '-c', 'exit 3'], labels: { '<b>': '"\\' } });
    const held = await dockerd().heldEvents();
    const args = ['events', '-S', '0', '--no-follow', '-o', 'docker', '-f', 'engine=docker'];
    const { code, stdout, stderr } = await tidings(args, { env: env() }).finished;
    expect({ code, stdout }).toEqual({ code: 0, stdout: held });
    expect(stderr).toMatch(/^tidings: no daemon answers at unix:.*: following unix:.* directly; .*\n$/);
  });

  it('follows it, and says when it goes away and comes back', async () => {
    const args = ['events', '-n', 'web-2', '-o', '{{.Action}} {{.Name}}'];
    const { until, child, finished, stdout } = tidings(args, { env: env() });
    // It is attached once it shows a container that is made over and over.
    while (!/destroy web-2/.test(stdout())) await dockerd().run({ name: 'web-2' });
    await dockerd().restart();
    await until(/docker \(unix:.*\): connected/, 'stderr');
    child.kill('SIGINT');
    expect(await finished).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/docker \(unix:.*\): (retrying|absent), /),
    });
  });

  it.skipIf(client === undefined)('prints templates and text as the docker client does', async () => {
    await dockerd().run({ name: 'web-3', labels: { tier: 'front' } });
    const formats = [
      '{{json .}}',
      '{{.}}',
      '{{.Actor}} {{.Actor.Attributes}}',
      '{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.none}} {{index .Actor.Attributes "none"}}',
      '{{.Time}} {{.TimeNano}} {{.Scope}} {{.From | upper}} {{truncate .ID 12}}',
      '{{pad .Scope 1 2}}{{- "x" -}} {{json .Actor.Attributes}}',
    ];
    const range = ['--since', '0', '--until', String(Date.now() / 1000)];
    for (const format of formats) {
      const theirs = execFileSync(
        client as string,
        ['events', ...range, '-f', 'container=web-3', '--format', format],
        {
          env: env(),
          encoding: 'utf8',
        },
      );
      const ours = await tidings(['events', ...range, '-f', 'container=web-3', '-o', format], { env: env() })
        .finished;
      expect(ours.stdout).toBe(theirs);
    }
    const text = execFileSync(client as string, ['events', ...range], {
      env: { ...env(), TZ: 'UTC' },
      encoding: 'utf8',
    });
    const ours = await tidings(['events', ...range, '-o', 'docker-text'], { env: env() }).finished;
    expect(ours.stdout).toBe(text);
  });
});
