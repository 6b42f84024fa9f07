/** The servers behind the sinks, each as a process that can be killed: real ones where Debian has them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { findTool } from './tools.ts';

export interface SinkServer {
  /** The sink in the file of forwarders. */
  readonly sink: string;
  /** The processes that take the events; empty if the sink is a file. */
  start(): Promise<readonly ChildProcess[]>;
  /** Takes what the daemon writes to its standard output. */
  daemonOutput?(chunk: Buffer): void;
  /** Everything that arrived so far. */
  received(): string;
  /** Finds each event's cursor once in what arrived. */
  readonly cursors?: RegExp;
}

const CURSOR = '([0-9a-z]+:\\d+\\.[0-9a-z]{2})';

/** Finds the cursor in a line of JSON. */
export const IN_LINE: RegExp = new RegExp(`"cursor":"${CURSOR}"`, 'g');

/** Makes the server of a sink in a directory; undefined if its program is not installed. */
export type MakeServer = (directory: string) => Promise<SinkServer | undefined>;

const JOURNAL_REMOTE = '/lib/systemd/systemd-journal-remote';
const RECEIVER = fileURLToPath(new URL('../../test/support/post-receiver.mjs', import.meta.url));

async function listening(port: number): Promise<void> {
  for (let i = 0; i < 600; i++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = net.connect({ host: '127.0.0.1', port }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    await delay(50);
  }
  throw new Error(`nothing listens on port ${port}`);
}

const textIn = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** A program of the tests that appends each body to a file before it answers. */
const posts =
  (sink: (url: string) => string, cursors = IN_LINE): MakeServer =>
  async (directory) => {
    const [port, out] = [await freePort(), join(directory, 'received')];
    return {
      sink: sink(`http://127.0.0.1:${port}`),
      start: async () => {
        const child = spawn(process.execPath, [RECEIVER, String(port), out], { stdio: 'inherit' });
        await listening(port);
        return [child];
      },
      received: () => textIn(out),
      cursors,
    };
  };

const file: MakeServer = async (directory) => {
  const path = join(directory, 'out');
  return await Promise.resolve({
    sink: `file: { path: ${path}, size: 1MiB, keep: 1000 }`,
    start: async () => await Promise.resolve([]),
    received: () =>
      readdirSync(directory)
        .filter((name) => /^out(\.\d+)?$/.test(name))
        .map((name) => textIn(join(directory, name)))
        .join(''),
  });
};

const stdout: MakeServer = async (directory) => {
  const out = join(directory, 'received');
  return await Promise.resolve({
    sink: 'stdout: true',
    start: async () => await Promise.resolve([]),
    daemonOutput: (chunk) => appendFileSync(out, chunk),
    received: () => textIn(out),
  });
};

const rsyslog =
  (protocol: 'udp' | 'tcp'): MakeServer =>
  async (directory) => {
    const program = findTool('rsyslogd');
    if (program === undefined) return undefined;
    const [port, out, conf] = [
      await freePort(),
      join(directory, 'received'),
      join(directory, 'rsyslog.conf'),
    ];
    // Without queues: what rsyslogd has read, it has written.
    writeFileSync(
      conf,
      `global(workDirectory="${directory}" maxMessageSize="64k")
main_queue(queue.type="direct")
module(load="im${protocol}")
input(type="im${protocol}" port="${port}" address="127.0.0.1")
template(name="t" type="string" string="%pri%|%timestamp:::date-rfc3339%|%app-name%|%msgid%|%structured-data%|%msg%\\n")
action(type="omfile" file="${out}" template="t" queue.type="direct" asyncWriting="off" flushOnTXEnd="on")
`,
    );
    return {
      sink: `syslog: '${protocol}://127.0.0.1:${port}'`,
      start: async () => {
        const args = ['-n', '-f', conf, '-i', join(directory, 'pid')];
        const child = spawn(program, args, { stdio: 'ignore' });
        if (protocol === 'tcp') await listening(port);
        else await delay(500);
        return [child];
      },
      received: () => textIn(out),
    };
  };

const journalRemote: MakeServer = async (directory) => {
  if (!existsSync(JOURNAL_REMOTE)) return undefined;
  const [port, out] = [await freePort(), join(directory, 'journals')];
  mkdirSync(out, { recursive: true });
  let starts = readdirSync(out).length;
  return {
    sink: `journal: { url: 'http://127.0.0.1:${port}' }`,
    start: async () => {
      // A journal that was being written is not continued after a kill.
      const args = [`--listen-http=127.0.0.1:${port}`, `--output=${join(out, `${starts++}.journal`)}`];
      const child = spawn(JOURNAL_REMOTE, [...args, '--split-mode=none'], { stdio: 'ignore' });
      await listening(port);
      return [child];
    },
    received: () =>
      readdirSync(out)
        .filter((name) => name.endsWith('.journal'))
        .map((name) =>
          execFileSync(
            'journalctl',
            ['--file', join(out, name), '-o', 'cat', '--output-fields=TIDINGS_CURSOR'],
            {
              encoding: 'utf8',
              maxBuffer: 2 ** 30,
            },
          ).replace(/^.+$/gm, '"cursor":"$&"'),
        )
        .join(''),
  };
};

const mosquitto: MakeServer = async (directory) => {
  const [broker, reader] = [findTool('mosquitto'), findTool('mosquitto_sub')];
  if (broker === undefined || reader === undefined) return undefined;
  const [port, out, conf] = [
    await freePort(),
    join(directory, 'received'),
    join(directory, 'mosquitto.conf'),
  ];
  writeFileSync(
    conf,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location ${directory}/\nautosave_interval 1\nautosave_on_changes true\nmax_queued_messages 0\nmax_inflight_messages 0\n`,
  );
  const read = (): ChildProcess => {
    const args = ['-V', '5', '-p', String(port), '-q', '1', '-c', '-i', 'reader', '-x', '4294967295'];
    const child = spawn(reader, [...args, '-t', 'tidings/#'], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.on('data', (chunk: Buffer) => appendFileSync(out, chunk));
    return child;
  };
  return {
    sink: `mqtt: { url: 'mqtt://127.0.0.1:${port}', topic: tidings }`,
    start: async () => {
      const child = spawn(broker, ['-c', conf], { stdio: 'ignore' });
      await listening(port);
      return [child, read()];
    },
    received: () => textIn(out),
  };
};

/** All servers, by the key of their sink. */
export const SINK_SERVERS: Readonly<Record<string, MakeServer>> = {
  file,
  stdout,
  http: posts((url) => `http: { url: '${url}' }`),
  otlp: posts(
    (url) => `otlp: { url: '${url}/v1/logs' }`,
    new RegExp(`"log.record.uid","value":{"stringValue":"${CURSOR}"`, 'g'),
  ),
  cloudevents: posts(
    (url) => `cloudevents: { url: '${url}' }`,
    new RegExp(`"specversion":"1.0","id":"${CURSOR}"`, 'g'),
  ),
  loki: posts((url) => `loki: { url: '${url}' }`, new RegExp(String.raw`\\"cursor\\":\\"${CURSOR}\\"`, 'g')),
  'syslog-tcp': rsyslog('tcp'),
  'syslog-udp': rsyslog('udp'),
  journal: journalRemote,
  mqtt: mosquitto,
};
