/** State of alerts in a file of the data directory, so that it survives the daemon. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SchedulerLike, Subscription } from 'rxjs';
import type { AlertState } from '../handlers/alerts/alert-tracker.ts';
import type { AlertsKeeper } from '../handlers/alerts/kept-alerts.ts';
import type { Log } from '../log.ts';

/** Time between a change and its write, in ms. */
const GATHER = 100;

/** The path of the file in a data directory. */
export function alertsIn(dataDir: string): string {
  return join(dataDir, 'alerts.json');
}

/**
 * Keeps the state of alerts in a file, under a hash of each rule, which may hold secrets. A missing
 * or damaged file counts as empty.
 */
export class AlertsFile implements AlertsKeeper {
  readonly #path: string;
  readonly #log: Log;
  readonly #scheduler: SchedulerLike;
  readonly #states: Map<string, AlertState>;
  #timer: Subscription | undefined;
  #failed = false;

  constructor(path: string, { log, scheduler }: { readonly log: Log; readonly scheduler: SchedulerLike }) {
    this.#path = path;
    this.#log = log;
    this.#scheduler = scheduler;
    this.#states = this.#read();
  }

  of(rule: string): AlertState | undefined {
    return this.#states.get(hashOf(rule));
  }

  keep(rule: string, state: AlertState): void {
    this.#states.set(hashOf(rule), state);
    this.#changed();
  }

  forget(rule: string): void {
    if (this.#states.delete(hashOf(rule))) this.#changed();
  }

  /** Writes pending changes. */
  close(): void {
    if (this.#timer === undefined) return;
    this.#timer.unsubscribe();
    this.#write();
  }

  #changed(): void {
    this.#timer ??= this.#scheduler.schedule(() => this.#write(), GATHER);
  }

  #write(): void {
    this.#timer = undefined;
    const temporary = `${this.#path}.new`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o750 });
      writeFileSync(temporary, `${JSON.stringify([...this.#states])}\n`, { mode: 0o600 });
      renameSync(temporary, this.#path);
      this.#failed = false;
    } catch (err) {
      if (!this.#failed) this.#log.error({ err, path: this.#path }, 'the state of alerts cannot be written');
      this.#failed = true;
    }
  }

  #read(): Map<string, AlertState> {
    try {
      const found = JSON.parse(readFileSync(this.#path, 'utf8')) as [string, AlertState][];
      for (const [, { problems, updates, sent, outbox }] of found) {
        if (![problems, updates, sent, outbox].every(Array.isArray))
          throw new RangeError('no state of an alert');
      }
      return new Map(found);
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.error(
          { err, path: this.#path },
          'the state of alerts is damaged: alerts begin without problems',
        );
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
