import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followDaemon, sendContainerEvent } from '../../../src/index.ts';
import { canMakeCertificate, makeCertificate } from '../../support/certificate.ts';
import { cli } from '../../support/cli.ts';
import { record } from '../../support/record.ts';

const tidings = cli();
let root = '';
beforeEach(() => {
  root = mkdtempSync('/tmp/td-');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('tidings serve', () => {
  it('runs until a signal, then sends every client an end and exits with 0', async () => {
    const stateDir = join(root, 'state');
    const serve = tidings(['serve', '--state-dir', stateDir, '--engine', 'none']);
    await serve.until(/"msg":"ready"/, 'stderr');
    const held = await tidings(['events', '--state-dir', stateDir, '--no-follow']).finished;
    expect(held).toMatchObject({ code: 0, stdout: '' });
    const frames = record(followDaemon({ endpoint: join(stateDir, 'tidings.sock') }));
    await frames.until(({ kind }) => kind === 'ready');
    serve.child.kill('SIGTERM');
    expect(await serve.finished).toMatchObject({ code: 0, stdout: '' });
    await frames.until((frame) => frame.kind === 'end' && frame.reason === 'shutdown');
  });

  it('shows real events where there is no engine, and says why', async () => {
    const serve = tidings(['serve', '--engine', 'process', '--tail', '--state-dir', join(root, 'state')]);
    await serve.until(/web +start /);
    serve.child.kill('SIGINT');
    const { code, stdout, stderr } = await serve.finished;
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /web +create demo\/web:1\.4\n.*web +start .*\n[^]*web +die ■ on request \(SIGKILL\)/,
    );
    expect(stderr).toContain(
      'running processes of this machine as containers (web, job, flaky, db): as asked',
    );
    expect(readdirSync(join(root, 'state'))).toEqual([]);
  });

  it('prints the stream, and ends when no process reads it any more', async () => {
    const stateDir = join(root, 'state');
    const serve = tidings([
      'serve',
      '--tail',
      '--engine',
      'none',
      '--color',
      'always',
      '--state-dir',
      stateDir,
    ]);
    await serve.until(/^tidings: ready$/m, 'stderr');
    const send = async (name: string): Promise<unknown> =>
      await tidings(['send', 'container', name, 'start', '--state-dir', stateDir]).finished;
    await send('web');
    // oxlint-disable-next-line no-control-regex -- colour is what it is about
    await serve.until(/\u001b\[.*web.*start/);
    serve.child.stdout?.destroy();
    await send('db');
    expect(await serve.finished).toMatchObject({ code: 0 });
    expect(readdirSync(stateDir)).toEqual([]);
  });

  it('ends though what reads its output has stopped', async () => {
    const stateDir = join(root, 'state');
    const serve = tidings(['serve', '--tail', '--engine', 'none', '--state-dir', stateDir]);
    await serve.until(/^tidings: ready$/m, 'stderr');
    serve.child.stdout?.pause();
    // More than pipes hold.
    for (let i = 0; i < 5000; i++) {
      await sendContainerEvent({ directory: stateDir, name: `web-${'x'.repeat(50)}`, state: 'start' });
    }
    serve.child.kill('SIGTERM');
    await serve.until(/^tidings: ended$/m, 'stderr');
    await once(serve.child, 'exit');
    expect(readdirSync(stateDir)).toEqual([]);
  });

  it('prints the events of its shutdown, even without another reader', async () => {
    const stateDir = join(root, 'state');
    const serve = tidings(['serve', '--tail', '--engine', 'process', '--state-dir', stateDir]);
    await serve.until(/web +start /);
    serve.child.stdout?.pause();
    serve.child.kill('SIGTERM');
    await serve.until(/^tidings: ended$/m, 'stderr');
    serve.child.stdout?.resume();
    expect(await serve.finished).toMatchObject({ code: 0, stdout: expect.stringMatching(/web +die .*\n$/) });
  });

  it('refuses where another daemon runs, and says which', async () => {
    const stateDir = join(root, 'state');
    const first = tidings(['serve', '--engine', 'none', '--state-dir', stateDir]);
    await first.until(/"msg":"ready"/, 'stderr');
    const second = await tidings(['serve', '--tail', '--state-dir', stateDir]).finished;
    expect(second).toMatchObject({ code: 69, stdout: '' });
    expect(second.stderr).toMatch(
      new RegExp(
        `^tidings: ${stateDir} is in use by process ${first.child.pid} .*'tidings events --state-dir`,
      ),
    );
    const frames = record(followDaemon({ endpoint: join(stateDir, 'tidings.sock') }));
    await frames.until(({ kind }) => kind === 'ready');
  });

  it('starts where one was killed, replacing what that left', async () => {
    const stateDir = join(root, 'state');
    const args = ['serve', '--engine', 'none', '--state-dir', stateDir];
    const killed = tidings(args);
    await killed.until(/"msg":"ready"/, 'stderr');
    killed.child.kill('SIGKILL');
    await killed.finished;
    expect(readdirSync(stateDir)).toContain('tidings.sock');
    const next = tidings(args);
    await next.until(/"msg":"ready"/, 'stderr');
    next.child.kill('SIGTERM');
    expect(await next.finished).toMatchObject({ code: 0 });
    expect(readdirSync(stateDir)).toEqual([]);
  });

  it.each([
    ['a file', (path: string) => writeFileSync(path, 'mine'), /tidings\.sock is not a socket: move it away/],
    [
      'a link',
      (path: string) => symlinkSync('/dev/null', path),
      /tidings\.sock is not a socket: move it away/,
    ],
    ['a directory', (path: string) => mkdirSync(path), /tidings\.sock is not a socket: move it away/],
  ])('names %s in the way of its socket, and leaves it alone', async (_, make, message) => {
    make(join(root, 'tidings.sock'));
    const { code, stderr } = await tidings(['serve', '--engine', 'none', '--state-dir', root]).finished;
    expect([code, stderr]).toEqual([69, expect.stringMatching(message)]);
    expect(readdirSync(root)).toEqual(['tidings.sock']);
  });

  it('leaves a socket alone if a server answers on it', async () => {
    const socket = join(root, 'tidings.sock');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    const { code, stderr } = await tidings(['serve', '--engine', 'none', '--state-dir', root]).finished;
    expect([code, stderr]).toEqual([69, expect.stringContaining(`a server already answers on ${socket}`)]);
    expect(server.listening).toBe(true);
    server.close();
  });

  it('says which directory it cannot use', async () => {
    writeFileSync(join(root, 'file'), '');
    const { code, stderr } = await tidings(['serve', '--state-dir', join(root, 'file/state')]).finished;
    expect([code, stderr]).toEqual([69, expect.stringContaining(`${root}/file/state is not a directory`)]);
  });

  it('listens on TCP where that is asked for', async () => {
    const stateDir = join(root, 'state');
    const args = ['--engine', 'none', '--listen', 'localhost:0', '--insecure-loopback'];
    const serve = tidings(['serve', '--state-dir', stateDir, ...args]);
    await serve.until(/"msg":"ready"/, 'stderr');
    const endpoint = /"endpoint":"(http:[^"]+)"/.exec(serve.stderr())?.[1] as string;
    const events = await tidings(['events', '-H', endpoint, '--no-follow']).finished;
    expect(events).toMatchObject({ code: 0, stderr: '' });
  });

  it.skipIf(!canMakeCertificate)(
    'is spoken to with TLS and a token by every command that asks it',
    async () => {
      const { cert, key } = makeCertificate();
      const files = { cert: join(root, 'cert'), key: join(root, 'key'), token: join(root, 'token') };
      writeFileSync(files.cert, cert);
      writeFileSync(files.key, key);
      writeFileSync(files.token, 'correct-horse-battery');
      const stateDir = join(root, 'state');
      const tls = ['--tls-cert', files.cert, '--tls-key', files.key, '--token-file', files.token];
      const args = ['--state-dir', stateDir, '--data-dir', join(root, 'data'), '--engine', 'none'];
      const serve = tidings(['serve', ...args, '--listen', '127.0.0.1:0', ...tls]);
      await serve.until(/"msg":"ready"/, 'stderr');
      const endpoint = /"endpoint":"(https:[^"]+)"/.exec(serve.stderr())?.[1] as string;
      await tidings(['send', 'container', 'web', 'start', '--state-dir', stateDir]).finished;

      const env = { TIDINGS_TOKEN: 'correct-horse-battery', NODE_EXTRA_CA_CERTS: files.cert };
      const ask = async (...words: string[]): Promise<unknown> =>
        await tidings([...words, '-H', endpoint], { env }).finished;
      const answered = { code: 0, stderr: '', stdout: expect.stringContaining('web') };
      expect(await ask('events', '-S', '1m', '--no-follow')).toMatchObject(answered);
      expect(await ask('ps')).toMatchObject(answered);
      expect(await ask('ps', '--at', '0s')).toMatchObject({ code: 0, stderr: '' });
      const without = tidings(['events', '-H', endpoint], { env: { NODE_EXTRA_CA_CERTS: files.cert } });
      expect(await without.finished).toMatchObject({ code: 64, stderr: expect.stringMatching(/token|401/i) });
    },
  );

  it.each([
    [['--limit', '0'], /--limit: invalid number '0': a whole number from 1 to 16777216/],
    [['--engine', 'dokcer'], /--engine: unknown engine "dokcer": known are auto, none, process, docker/],
    [['--engine', 'none', '--engine', 'docker'], /engine none excludes all others/],
    [['--log-level', 'loud'], /Allowed choices are debug, info, warn, error/],
    [['--state-dir', `/tmp/${'x'.repeat(100)}`], /state directory too long: .* at most 107/],
    [['--listen', 'localhost:7777'], /--listen: to listen on localhost:7777, give a certificate/],
    [
      ['--listen', '0.0.0.0:7777', '--insecure-loopback'],
      /--listen: 0\.0\.0\.0:7777 is not a loopback address/,
    ],
    [['--insecure-loopback'], /--insecure-loopback needs a TCP address: add --listen/],
    [['--listen', 'localhost:1', '--tls-cert', 'x'], /--tls-cert and --tls-key belong together/],
    [['--listen', 'localhost:1', '--token-file', '/nowhere'], /--token-file: ENOENT/],
  ])('refuses %s before anything starts', async (args, message) => {
    const finished = await tidings(['serve', ...args]).finished;
    expect(finished).toMatchObject({ code: 64, stderr: expect.stringMatching(message) });
  });
});
