/**
 * Restarts of containers in a file of the data directory, so that counts and waits survive the
 * daemon.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SchedulerLike, Subscription } from 'rxjs';
import type { EngineEvent } from '../event.ts';
import type { KeptRestarts, RestartsKeeper } from '../handlers/rules/kept-restarts.ts';
import type { Log } from '../log.ts';
import { isWhole } from '../whole-number.ts';

/** Time between a change and its write, in ms. */
const GATHER = 100;

/**
 * Most containers of one rule, and most characters of the file: the oldest changes are dropped
 * first.
 */
const CONTAINERS = 10_000;
const LARGEST = 16 * 2 ** 20;

/** Most characters of an event's attributes: larger ones are left out. */
const ATTRIBUTES = 16 * 1024;

type Containers = Map<string, KeptRestarts>;

/** The path of the file in a data directory. */
export function restartsIn(dataDir: string): string {
  return join(dataDir, 'restarts.json');
}

/**
 * Keeps restarts in a file. A missing or damaged file counts as empty. If a file cannot be written,
 * that is logged once, and the next change writes it again.
 */
export class RestartsFile implements RestartsKeeper {
  readonly #path: string;
  readonly #log: Log;
  readonly #scheduler: SchedulerLike;
  readonly #rules: Map<string, Containers>;
  #timer: Subscription | undefined;
  #failed = false;

  constructor(path: string, { log, scheduler }: { readonly log: Log; readonly scheduler: SchedulerLike }) {
    this.#path = path;
    this.#log = log;
    this.#scheduler = scheduler;
    this.#rules = this.#read();
  }

  of(rule: string): ReadonlyMap<string, KeptRestarts> {
    return new Map(this.#rules.get(rule));
  }

  keep(rule: string, container: string, kept: KeptRestarts | undefined): void {
    const containers = this.#rules.get(rule) ?? new Map<string, KeptRestarts>();
    const had = containers.delete(container);
    if (kept === undefined && !had) return;
    if (kept !== undefined) containers.set(container, { ...kept, event: bounded(kept.event) });
    const [oldest] = containers.keys();
    if (containers.size > CONTAINERS && oldest !== undefined) containers.delete(oldest);
    this.#rules.set(rule, containers);
    this.#changed();
  }

  forget(rule: string): void {
    if (this.#rules.delete(rule)) this.#changed();
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
      writeFileSync(temporary, this.#text(), { mode: 0o600 });
      renameSync(temporary, this.#path);
      this.#failed = false;
    } catch (err) {
      if (!this.#failed) this.#log.error({ err, path: this.#path }, 'counts of restarts cannot be written');
      this.#failed = true;
    }
  }

  #text(): string {
    let length = 0;
    const rules = [...this.#rules].map(([rule, containers]) => ({
      rule,
      containers: [...containers]
        .map(([key, kept]): [string, unknown] => [key, kept])
        .toReversed()
        .filter((each) => (length += JSON.stringify(each, withoutBigints).length) <= LARGEST)
        .toReversed(),
    }));
    return `${JSON.stringify({ rules }, withoutBigints)}\n`;
  }

  #read(): Map<string, Containers> {
    const rules = new Map<string, Containers>();
    let text;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.error({ err, path: this.#path }, 'counts of restarts cannot be read: they begin at 0');
      return rules;
    }
    try {
      const found = JSON.parse(text) as { rules: { rule: string; containers: [string, Written][] }[] };
      for (const { rule, containers } of found.rules)
        rules.set(rule, new Map(containers.map(([key, written]) => [key, keptOf(written)])));
    } catch (err) {
      this.#log.error({ err, path: this.#path }, 'counts of restarts are damaged: they begin at 0');
      rules.clear();
    }
    return rules;
  }
}

/** The form in the file: instants are texts. */
interface Written {
  readonly event: Omit<EngineEvent, 'timeNano'> & { readonly timeNano: string };
  readonly restarts: Omit<KeptRestarts['restarts'], 'startedAt'> & { readonly startedAt?: string };
  readonly due?: string;
}

function keptOf({ event, restarts, due }: Written): KeptRestarts {
  const { count, delay, next, stopped, startedAt } = restarts;
  if (!isWhole(count) || !Number.isFinite(delay) || typeof event.id !== 'string')
    throw new RangeError('no restarts of a container');
  return {
    event: { ...event, timeNano: BigInt(event.timeNano) },
    restarts: {
      count,
      delay,
      next,
      stopped,
      startedAt: startedAt === undefined ? undefined : BigInt(startedAt),
    },
    due: due === undefined ? undefined : BigInt(due),
  };
}

function withoutBigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function bounded(event: EngineEvent): EngineEvent {
  const { seq, timeNano, type, action, id, name, source } = event;
  const long = JSON.stringify(event.attributes).length > ATTRIBUTES;
  const { exitCode } = event.attributes;
  const attributes = long ? (exitCode === undefined ? {} : { exitCode }) : event.attributes;
  return { seq, timeNano, type, action, id, name, attributes, source };
}
