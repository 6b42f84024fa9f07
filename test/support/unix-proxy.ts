/** A Unix socket in front of another, that can be cut. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export class UnixProxy implements AsyncDisposable {
  readonly #target: string;
  readonly #directory: string = mkdtempSync('/tmp/td-');
  readonly socket: string = join(this.#directory, 's');
  readonly endpoint: string = `unix://${this.socket}`;
  readonly #open = new Set<Socket>();
  #server: Server | undefined;

  constructor(target: string) {
    this.#target = target;
  }

  /** Begins to let connections through. */
  async mend(): Promise<void> {
    const server = createServer((client) => this.#forward(client));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.socket, resolve));
  }

  /** Drops every connection and lets none through any more. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#open) socket.destroy();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #forward(client: Socket): void {
    const upstream = connect(this.#target);
    for (const socket of [client, upstream]) {
      this.#open.add(socket);
      socket.on('close', () => this.#open.delete(socket));
    }
    // Each side's failure or end is the other's; that is all there is to say about it.
    pipeline(client, upstream, client).catch(() => {});
  }
}
