import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EngineEvent } from '../../../../src/event.ts';
import { canMakeCertificate, makeCertificate } from '../../../support/certificate.ts';
import { died } from '../../../support/events.ts';
import { openSink } from '../../../support/sink.ts';
import { type MakeServer, SINK_SERVERS, type SinkServer } from '../../../support/sink-servers.ts';

/** A server of a test, until its end; undefined if it is not installed. */
async function serving(make: MakeServer): Promise<SinkServer | undefined> {
  const directory = mkdtempSync('/tmp/td-');
  const server = await make(directory);
  const children = (await server?.start()) ?? [];
  onTestFinished(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });
  return server;
}

const odd: EngineEvent = {
  ...{ ...died, seq: 43, action: 'exec_create: sh -c "echo\n\u00e4"', name: 'w\u00e9b\n\u001b[31m' },
  attributes: { image: 'a\nb', 'k=v': 'line\nline', big: 'x'.repeat(3000) },
};

/** The daemon itself has the standard output. */
const servers = Object.entries(SINK_SERVERS).filter(([name]) => name !== 'stdout');

describe.each(servers)('the server of %s', (_, make) => {
  it('takes a batch with line ends, escapes and long values', async ({ skip }) => {
    const server = await serving(make);
    if (server === undefined) {
      skip();
      return;
    }
    using sink = openSink(server.sink);
    await expect(sink.send([died, odd])).resolves.toMatchObject({ result: 'done' });
    await vi.waitFor(() => {
      const cursors = [...server.received().matchAll(server.cursors ?? /"cursor":"(.*?)"/g)].map(
        ([, c]) => c,
      );
      expect(cursors).toEqual(['k3f:42.7u', expect.stringMatching(/^k3f:43/)]);
    }, 20_000);
  });
});

it.each(['syslog-tcp', 'syslog-udp'])('rsyslog reads the fields of a message over %s', async (name) => {
  const server = await serving(SINK_SERVERS[name] as MakeServer);
  const received = (): string[] => (server?.received() ?? '').split('\n');
  using sink = openSink(server?.sink ?? 'stdout: true');
  await sink.send([died, odd]);
  await vi.waitFor(() => expect(received()).toHaveLength(3), 20_000);
  const [first = '', second = ''] = received();
  expect(first).toMatch(/^28\|2022-05-10T09:20:34\.661862Z\|tidings\|die\|\[meta sequenceId="42"\]\|/);
  expect(second).toMatch(/\|tidings\|exec_create\|\[meta sequenceId="43"\]\|/);
  expect(JSON.parse(second.slice(second.indexOf('{')))).toMatchObject({
    name: odd.name,
    attributes: odd.attributes,
  });
});

it('systemd shows the fields of an event', async ({ skip }) => {
  const directory = mkdtempSync('/tmp/td-');
  const server = await SINK_SERVERS['journal']?.(directory);
  if (server === undefined) {
    skip();
    return;
  }
  const children = await server.start();
  onTestFinished(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });
  using sink = openSink(server.sink);
  // Earlier and repeated events, too.
  for (const events of [[died, odd], [{ ...died, timeNano: died.timeNano - 10n ** 12n }], [died]]) {
    await expect(sink.send(events)).resolves.toMatchObject({ result: 'done' });
  }
  await vi.waitFor(() => expect(server.received().match(/cursor/g)).toHaveLength(4), 20_000);
  const text = execFileSync(
    'journalctl',
    ['--file', join(directory, 'journals/0.journal'), '-o', 'json', 'CONTAINER_NAME=web'],
    {
      encoding: 'utf8',
    },
  );
  expect(JSON.parse(text.split('\n')[0] ?? '')).toMatchObject({
    ...{ MESSAGE: 'container die web', PRIORITY: '4', SYSLOG_IDENTIFIER: 'tidings', TIDINGS_ACTION: 'die' },
    ...{ CONTAINER_ID: '3277', CONTAINER_ID_FULL: '3277', EXIT_CODE: '137', TIDINGS_ENGINE: 'docker' },
  });
});

it.skipIf(!canMakeCertificate)(
  'syslog over TLS trusts its authorities only, and frames by octets',
  async () => {
    const { cert, key } = makeCertificate();
    let received = '';
    const server = createTlsServer({ cert, key }, (socket) => {
      socket.setEncoding('utf8').on('data', (text: string) => (received += text));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const directory = mkdtempSync('/tmp/td-');
    onTestFinished(() => {
      server.close();
      rmSync(directory, { recursive: true, force: true });
    });
    writeFileSync(join(directory, 'ca'), cert);
    const { port } = server.address() as AddressInfo;
    using stranger = openSink(`syslog: 'tls://127.0.0.1:${port}'`);
    await expect(stranger.send([died])).resolves.toMatchObject({
      result: 'failed',
      detail: expect.stringMatching(/self-signed/),
    });
    using sink = openSink(`syslog: { address: 'tls://127.0.0.1:${port}', tls: { ca: ${directory}/ca } }`);
    await expect(sink.send([died, died])).resolves.toMatchObject({ result: 'done' });
    for (const [, length = '', rest = ''] of [/^(\d+) ([^]*)$/.exec(received) ?? []]) {
      const frame = Buffer.from(rest).subarray(0, Number(length)).toString();
      expect(frame).toMatch(/^<28>1 .*\}$/);
    }
  },
);
