/** Active forwarders from a file that may change. */
import { resolve } from 'node:path';
import { nowNano } from '../clock.ts';
import { createForwarders, type Forwarders, type ForwarderStatus } from '../forward/index.ts';
import { readForwarders } from '../forward/load-forwarders.ts';
import type { DaemonState } from './part.ts';

export class ForwardersFromFile {
  readonly #file: string;
  readonly #daemon: DaemonState;
  readonly #forwarders: Forwarders;

  constructor(file: string, dataDir: string, daemon: DaemonState) {
    const { collector, log, scheduler, options } = daemon;
    this.#file = resolve(file);
    this.#daemon = daemon;
    const syncs = options.durability === undefined || options.durability === 'fsync';
    this.#forwarders = createForwarders({ collector, dataDir, syncs, log, scheduler, now: nowNano });
  }

  get status(): readonly ForwarderStatus[] {
    return this.#forwarders.status.map((status) => ({ ...status, file: this.#file }));
  }

  /**
   * Reads the file, and replaces all forwarders.
   *
   * @throws ForwardError if it cannot be read or is invalid: the former forwarders stay active
   */
  reload(): void {
    const forwarders = readForwarders(this.#file);
    this.#forwarders.load(forwarders);
    const names = forwarders.map(({ name }) => name);
    const text = `forwarders in force: ${names.join(', ') || 'none'}`;
    this.#daemon.log.info({ file: this.#file, forwarders: names }, text);
  }

  async close(): Promise<void> {
    await this.#forwarders.close();
  }
}
