/** The packed product on each release of Node that it supports: daemon, foreign client, commands, library. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { start } from '../support/cli.ts';
import { dockerClients } from '../support/docker-clients.ts';
import { packed } from '../support/packed.ts';
import { nodes, programOf } from '../support/runtimes.ts';
import { root } from '../support/tree.ts';

const project = packed();

describe.each(nodes)('on $name', (runtime) => {
  let node: string | undefined;
  let directory: string;
  const run = (command: string, ...args: string[]): ReturnType<typeof start> =>
    start(command, args, { runtime: [node ?? ''] });
  const tidings = (...args: string[]): ReturnType<typeof start> => run(project().command, ...args);

  beforeAll(async () => {
    directory = mkdtempSync('/tmp/td-');
    node = await programOf(runtime);
  }, 300_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  beforeEach((context) => context.skip(node === undefined, `${runtime.name} cannot be downloaded`));

  it('is that release', async () => {
    const { stdout } = await run('--version').finished;
    expect(`Node ${stdout.trim().slice(1)}`).toBe(runtime.name);
  });

  it('serves, takes what is sent, answers the docker command and its own, and ends', async () => {
    const state = ['--state-dir', join(directory, 'state')];
    const serve = tidings('serve', ...state, '--data-dir', join(directory, 'data'), '--engine', 'none');
    await serve.until(/"msg":"ready"/, 'stderr');
    const events = tidings('events', ...state, '-o', 'json');
    for (const words of [['start'], ['die', '--exit-code', '137']])
      expect(await tidings('send', 'container', 'web-1', ...words, ...state).finished).toEqual({
        ...{ code: 0, stdout: '', stderr: '' },
      });
    const endpoint = `unix://${join(directory, 'state', 'tidings.sock')}`;
    for (const docker of dockerClients) {
      const printed = await docker.until(endpoint, ['events', '--since', '10m'], (text) =>
        /die.*\n/.test(text),
      );
      expect(printed).toMatch(/container start web-1 .*\n.*container die web-1 \(exitCode=137, /);
    }
    const listed = await tidings('events', ...state, '-S', '10m', '--no-follow', '-o', '{{.Action}}')
      .finished;
    expect(listed).toEqual({ code: 0, stdout: 'start\ndie\n', stderr: '' });
    await events.until(/"action":"die"/);
    serve.child.kill('SIGTERM');
    expect(await serve.finished).toMatchObject({ code: 0, stdout: '' });
    expect((await events.finished).code).toBe(69);
  });

  it('runs the program of the README', async () => {
    const [, program = ''] =
      /^```js\n([^]*?)^```$/m.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
    const file = join(project().directory, 'program.js');
    writeFileSync(file, program);
    expect(await run(file).finished).toEqual({
      ...{ code: 0, stdout: 'web-1 ended with 137\n', stderr: '' },
    });
  });

  it('imports every entry point', async () => {
    const file = join(project().directory, 'entries.js');
    const entries = ['tidings', 'tidings/operators', 'tidings/engine', 'tidings/journal'];
    const lines = entries.map((name) => `console.log(Object.keys(await import('${name}')).length > 3);\n`);
    writeFileSync(file, lines.join(''));
    expect(await run(file).finished).toEqual({ code: 0, stdout: 'true\n'.repeat(4), stderr: '' });
  });
});
