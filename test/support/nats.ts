/** A real nats-server as a process that can be killed, paused and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { freePort } from './free-port.ts';
import { findTool } from './tools.ts';

/** The path of nats-server; undefined if it is not installed. */
export const natsServer: string | undefined = findTool('nats-server');

export interface NatsServerOptions {
  /** The directory of its data and configuration. */
  readonly directory: string;
  /** Further lines of its configuration. */
  readonly config?: string;
  readonly jetStream?: boolean;
  readonly port?: number;
  /** The address that it listens at. Default 127.0.0.1. */
  readonly address?: string;
  /** A command in front of it: `ip netns exec NAME`. */
  readonly under?: readonly string[];
}

export class NatsServer {
  readonly port: number;
  readonly url: string;
  readonly #options: NatsServerOptions;
  #child: ChildProcess | undefined;

  private constructor(options: NatsServerOptions, port: number) {
    this.#options = options;
    this.port = port;
    this.url = `nats://${options.address ?? '127.0.0.1'}:${port}`;
  }

  /** Starts a server; resolves once it listens. */
  static async start(options: NatsServerOptions): Promise<NatsServer> {
    const server = new NatsServer(options, options.port ?? (await freePort()));
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const { directory, config = '', jetStream = true, address = '127.0.0.1', under = [] } = this.#options;
    mkdirSync(directory, { recursive: true });
    const file = join(directory, 'nats.conf');
    const store = jetStream ? `jetstream { store_dir: "${directory}/js" }` : '';
    writeFileSync(
      file,
      `listen: "${address}:${this.port}"\nlog_file: "${directory}/log"\n${store}\n${config}\n`,
    );
    const words = [...under, natsServer ?? 'nats-server', '-c', file];
    this.#child = spawn(words[0] as string, words.slice(1), { stdio: 'ignore' });
    for (let i = 0; i < 400; i++) {
      if (this.#child.exitCode !== null)
        throw new Error(`nats-server ended with ${this.#child.exitCode}: see ${directory}/log`);
      if (await isOpen(this.port, address)) return;
      await delay(25);
    }
    throw new Error('nats-server does not listen');
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  }

  /** Stops it from answering, without closing a connection. */
  pause(paused: boolean): void {
    this.#child?.kill(paused ? 'SIGSTOP' : 'SIGCONT');
  }
}

async function isOpen(port: number, host: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = net.connect({ host, port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** A client that is not ours. */
export async function natsClient(server: Pick<NatsServer, 'url'>): Promise<NatsConnection> {
  return await connect({ servers: server.url.slice('nats://'.length) });
}

/** Asks JetStream's API; the answer, also if it is an error. */
export async function askJetStream(
  client: NatsConnection,
  call: string,
  body: object = {},
): Promise<Record<string, never>> {
  const answer = await client.request(`$JS.API.${call}`, JSON.stringify(body), { timeout: 5000 });
  return answer.json();
}
