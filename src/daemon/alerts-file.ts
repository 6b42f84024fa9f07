/** State of alerts in a file of the data directory, so that it survives the daemon. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AlertState } from '../handlers/alerts/alert-tracker.ts';
import type { AlertsKeeper } from '../handlers/alerts/kept-alerts.ts';
import type { Log } from '../log.ts';
import { KeptFile, type KeptFileOptions } from './kept-file.ts';

/** The path of the file in a data directory. */
export function alertsIn(dataDir: string): string {
  return join(dataDir, 'alerts.json');
}

/**
 * Keeps the state of alerts in a file, under a hash of each rule, which may hold secrets. A missing
 * or damaged file counts as empty.
 */
export class AlertsFile implements AlertsKeeper {
  readonly #file: KeptFile;
  readonly #log: Log;
  readonly #states: Map<string, () => AlertState>;

  constructor(path: string, options: KeptFileOptions) {
    this.#file = new KeptFile(path, options, () => this.#text(), 'the state of alerts cannot be written');
    this.#log = options.log;
    this.#states = this.#read(path);
  }

  of(rule: string): AlertState | undefined {
    return this.#states.get(hashOf(rule))?.();
  }

  keep(rule: string, state: () => AlertState): void {
    this.#states.set(hashOf(rule), state);
    this.#file.changed();
  }

  forget(rule: string): void {
    if (this.#states.delete(hashOf(rule))) this.#file.changed();
  }

  /** Writes pending changes. */
  close(): void {
    this.#file.close();
  }

  #text(): string {
    return `${JSON.stringify([...this.#states].map(([rule, state]) => [rule, state()]))}\n`;
  }

  #read(path: string): Map<string, () => AlertState> {
    try {
      const found = JSON.parse(readFileSync(path, 'utf8')) as [string, AlertState][];
      for (const [, { problems, updates, sent, outbox }] of found) {
        if (![problems, updates, sent, outbox].every(Array.isArray))
          throw new RangeError('no state of an alert');
      }
      return new Map(found.map(([rule, state]) => [rule, () => state]));
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.error({ err, path }, 'the state of alerts is damaged: alerts begin without problems');
      return new Map();
    }
  }
}

const hashes = new Map<string, string>();

function hashOf(rule: string): string {
  const found = hashes.get(rule) ?? createHash('sha256').update(rule).digest('base64url');
  if (hashes.size < 1000) hashes.set(rule, found);
  return found;
}
