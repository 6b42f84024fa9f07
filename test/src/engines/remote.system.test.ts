import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { docker } from '../../../src/engines/docker/index.ts';
import type { EngineStatus } from '../../../src/engines/engine.ts';
import { followEngine } from '../../../src/engines/follow.ts';
import type { IncomingEvent } from '../../../src/event.ts';
import { findTool } from '../../support/tools.ts';
import { unixServer } from '../../support/unix-server.ts';

const sshd = findTool('sshd');

const client = findTool('docker');

const keygen = findTool('ssh-keygen');

const available = sshd !== undefined && client !== undefined && keygen !== undefined;

/** A Docker daemon with one event, whose stream stays open. */
const daemon = () =>
  unixServer(({ url = '' }, response) => {
    response.setHeader('api-version', '1.41');
    if (!url.includes('/events')) return response.end(url.endsWith('/info') ? '{"ID":"A1"}' : 'OK');
    response.write(
      '{"Type":"container","Action":"start","Actor":{"ID":"c1","Attributes":{}},"timeNano":7}\n',
    );
    return url.includes('until') ? response.end() : undefined;
  });

/**
 * An sshd on loopback whose only command reaches that socket, and an `ssh` in `PATH` that knows its
 * key.
 */
async function startSshd(socket: string): Promise<number> {
  const directory = mkdtempSync('/tmp/td-');
  const at = (name: string): string => join(directory, name);
  for (const name of ['host', 'user']) {
    execFileSync(keygen ?? '', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  }
  const port = await freePort();
  writeFileSync(at('keys'), execFileSync(keygen ?? '', ['-y', '-f', at('user')]));
  const lines = [
    ...[`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${at('host')}`, `PidFile ${at('pid')}`],
    ...[`AuthorizedKeysFile ${at('keys')}`, 'StrictModes no', 'UsePAM no', 'PermitRootLogin yes'],
    `ForceCommand ${client} -H unix://${socket} system dial-stdio`,
  ];
  writeFileSync(at('config'), lines.join('\n'));
  mkdirSync('/run/sshd', { recursive: true });
  const server = spawn(sshd ?? 'sshd', ['-D', '-f', at('config')], { stdio: 'ignore' });
  const options = `-i ${at('user')} -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR`;
  mkdirSync(at('bin'));
  writeFileSync(at('bin/ssh'), `#!/bin/sh\nexec ${findTool('ssh')} ${options} "$@"\n`);
  chmodSync(at('bin/ssh'), 0o755);
  const path = process.env['PATH'];
  process.env['PATH'] = `${at('bin')}:${path}`;
  onTestFinished(() => {
    process.env['PATH'] = path;
    server.kill();
    rmSync(directory, { recursive: true, force: true });
  });
  await expect.poll(() => answers(port), { timeout: 10_000 }).toBe(true);
  return port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

describe.skipIf(!available)('an engine by SSH', () => {
  it('is followed through a real sshd', async () => {
    await using engine = await daemon();
    const port = await startSshd(engine.socket);
    const endpoint = `ssh://127.0.0.1:${port}`;
    const event = await new Promise<IncomingEvent>((resolve, reject) => {
      const onStatus = ({ state, detail }: EngineStatus): void => {
        if (state === 'retrying') reject(new Error(detail));
      };
      const subscription = followEngine(docker, { endpoint, onStatus }).subscribe(resolve);
      onTestFinished(() => subscription.unsubscribe());
    });
    expect(event).toMatchObject({ action: 'start', source: { engine: 'docker', endpoint, id: 'A1' } });
  });

  it('is refused with what ssh says, without a prompt', async () => {
    const endpoint = `ssh://127.0.0.1:${await freePort()}`;
    const detail = await new Promise<string>((resolve) => {
      const onStatus = (status: EngineStatus): void => {
        if (status.state !== 'connecting') resolve(status.detail);
      };
      const subscription = followEngine(docker, { endpoint, onStatus }).subscribe();
      onTestFinished(() => subscription.unsubscribe());
    });
    expect(detail).toMatch(/^ssh: .*Connection refused/);
  });
});
