/** State of alerts in a file of the data directory, so that it survives the daemon. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type AlertState, waitingOf } from '../handlers/alerts/alert-state.ts';
import type { AlertsKeeper } from '../handlers/alerts/kept-alerts.ts';
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
  readonly #states: Map<string, () => AlertState>;

  constructor(path: string, options: KeptFileOptions) {
    this.#file = new KeptFile(path, options, 'the states of alerts', () => this.#fields());
    this.#states = this.#file.read(statesIn, 'alerts begin without problems') ?? new Map();
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

  #fields(): string {
    return `"alerts":${JSON.stringify([...this.#states].map(([rule, state]) => [rule, state()]))}`;
  }
}

/** @throws Error if it is not the content of the file; the first version had the list alone */
function statesIn(content: unknown): Map<string, () => AlertState> {
  const found = Array.isArray(content) ? content : (content as { alerts: unknown }).alerts;
  if (!Array.isArray(found)) throw new RangeError('it has no list of alerts');
  return new Map(
    (found as [string, AlertState][]).map(([rule, state]) => {
      const { problems, updates, sent, outbox, waiting = [] } = state;
      if (![problems, updates, sent, outbox, waiting].every(Array.isArray))
        throw new RangeError('it has an incomplete state of an alert');
      waitingOf(waiting);
      return [rule, () => state];
    }),
  );
}

const hashes = new Map<string, string>();

function hashOf(rule: string): string {
  const found = hashes.get(rule) ?? createHash('sha256').update(rule).digest('base64url');
  if (hashes.size < 1000) hashes.set(rule, found);
  return found;
}
