import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cli, type Finished } from '../../support/cli.ts';

const tidings = cli();
const directory = mkdtempSync('/tmp/td-');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function check(text: string): Promise<Finished & { readonly file: string }> {
  const file = join(directory, 'rules.yaml');
  writeFileSync(file, text);
  return { file, ...(await tidings(['rules', 'check', file]).finished) };
}

describe('tidings rules check', () => {
  it('says what they are', async () => {
    const { code, stdout, stderr } = await check(`rules:
  - { name: heal, when: { filter: 'event=health_status: unhealthy', name: '!db' }, restart: { grace: 10s } }
  - { name: jobs, when: { name: job-* }, restart-policy: 'on-failure:5', post-stop: [tidy, up], auto-remove: true }
  - { name: alarm, when: { filter: [event=die, exitCode>0], times: 5, within: 1m }, webhook: 'https://example.org/a', retries: 1 }
  - { name: note, run: echo hi, timeout: 500ms, concurrency: 1 }
  - { name: tidy, when: { filter: [type=container, event=die] }, remove: { force: true } }
`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'heal: on name=!db event=health_status: unhealthy: restart after 10s of grace (at most 60s, 2 retries, 16 at a time)',
      'jobs: on name=job-*: restart as on-failure:5 says, else run tidy up, else remove (at most 60s, 2 retries, 16 at a time)',
      'alarm: on event=die exitCode>0 5 times in 60s: post to https://example.org/a (at most 10s, 1 retry, 16 at a time)',
      'note: on every event of containers: run /bin/sh -c echo hi (at most 0.5s, 0 retries, 1 at a time)',
      'tidy: on event=die: remove, though it runs (at most 60s, 2 retries, 16 at a time)',
      '',
    ]);
  });

  it('says all that is wrong, a line each', async () => {
    const { file, code, stdout, stderr } = await check(
      'rules:\n  - name: a\n    rum: x\u001b[31m\n    timeout: 0s\n',
    );
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(`^${file}:3: rules\\[0\\]\\.rum: unknown key: known are name, when, run`),
      expect.stringMatching(`^${file}:4: rules\\[0\\]\\.timeout: invalid duration "0s"`),
      '',
    ]);
  });

  it('needs no secret, and says which are missing', async () => {
    const hook = (secret: string): string => `webhook: { url: 'https://example.org/a', secret: ${secret} }`;
    const { file, code, stdout, stderr } = await check(`rules:
  - { name: a, ${hook('{ file: /no/such/secret }')} }
  - { name: b, ${hook('{ env: NO_SUCH_SECRET }')} }
`);
    expect(code).toBe(0);
    expect(stdout.match(/^[ab]: .*post to/gm)).toHaveLength(2);
    expect(stdout + stderr).not.toContain('----');
    const [first, second, ...more] = stderr.split('\n');
    expect(first).toMatch(`${file}:2: rules[0].webhook.secret: ENOENT`);
    expect(second).toMatch(`${file}:3: rules[1].webhook.secret: there is no environment variable NO_SUCH`);
    expect(more).toEqual(['']);
  });

  it('rejects invalid secrets, and invalid places of secrets', async () => {
    const { code, stderr } = await check(`rules:
  - { name: a, webhook: { url: 'https://example.org/a', secret: short } }
  - { name: b, webhook: { url: 'https://example.org/a', secret: { fiel: /a } } }
`);
    expect(code).toBe(64);
    expect(stderr).toMatch(/:2: .*secret too short[^]*:3: .*must be a text, \{file/);
  });

  it('says so when there is no such file', async () => {
    const { code, stderr } = await tidings(['rules', 'check', '/no/such/rules.yaml']).finished;
    expect(code).toBe(64);
    expect(stderr).toMatch(/^\/no\/such\/rules\.yaml: cannot be read: ENOENT/);
  });

  it.each([[['rules']], [['rules', 'chek', 'x']], [['rules', 'check']]])('needs a file: %j', async (args) => {
    const { code } = await tidings(args).finished;
    expect(code).toBe(64);
  });
});
