/** The reader of a trial: it notes each event in a file, and continues there after a restart. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { firstValueFrom, filter, retry, Subject, type Subscription, timeout } from 'rxjs';
import type { HostPosition } from '../../src/fleet/host-position.ts';
import { readFleet } from '../../src/fleet/read-fleet.ts';

export class FleetReceiver {
  /** The cursors of each host, in the order in which they came. */
  readonly received: Map<string, string[]> = new Map();
  readonly #url: string;
  readonly #positions = new Map<string, HostPosition>();
  readonly #file: number;
  readonly #came = new Subject<void>();
  /** The different ones. */
  readonly #seen = new Map<string, Set<string>>();
  #reading: Subscription | undefined;

  /** @param directory keeps the file of received events */
  constructor(directory: string, url: string) {
    this.#url = url;
    mkdirSync(directory, { recursive: true });
    const path = join(directory, 'received');
    for (const line of existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []) {
      const [host, position] = JSON.parse(line) as [string, HostPosition];
      this.#take(host, position);
    }
    this.#file = openSync(path, 'a');
    this.#read();
  }

  /** Ends reading, and begins again after the last events. */
  restart(): void {
    this.#reading?.unsubscribe();
    this.#read();
  }

  /** Resolves once so many different events of each host came, or after `within` ms. */
  async has(counts: ReadonlyMap<string, number>, within: number): Promise<void> {
    const isComplete = (): boolean =>
      [...counts].every(([host, count]) => (this.#seen.get(host)?.size ?? 0) >= count);
    if (isComplete()) return;
    const complete = this.#came.pipe(filter(isComplete));
    await firstValueFrom(complete.pipe(timeout({ first: within }))).catch(() => {});
  }

  close(): void {
    this.#reading?.unsubscribe();
    closeSync(this.#file);
  }

  #read(): void {
    const positions = new Map(this.#positions);
    this.#reading = readFleet({ nats: { url: this.#url }, endpoint: this.#url, positions, start: 'oldest' })
      .pipe(retry({ delay: 300 }))
      .subscribe(({ host, position }) => {
        if (position === undefined) return;
        writeSync(this.#file, `${JSON.stringify([host, position])}\n`);
        this.#take(host, position);
        this.#came.next();
      });
  }

  #take(host: string, position: HostPosition): void {
    this.#positions.set(host, position);
    const list = this.received.get(host) ?? [];
    list.push(position.cursor);
    this.received.set(host, list);
    const seen = this.#seen.get(host) ?? new Set();
    this.#seen.set(host, seen.add(position.cursor));
  }
}
