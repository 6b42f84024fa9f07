/**
 * Restarts of containers in a file of the data directory, so that counts and waits survive the
 * daemon.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineEvent } from '../event.ts';
import type { KeptRestarts, RestartsKeeper } from '../handlers/rules/kept-restarts.ts';
import type { Log } from '../log.ts';
import { isWhole } from '../whole-number.ts';
import { KeptFile, type KeptFileOptions } from './kept-file.ts';

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

/** Keeps restarts in a file. A missing or damaged file counts as empty. */
export class RestartsFile implements RestartsKeeper {
  readonly #file: KeptFile;
  readonly #log: Log;
  readonly #rules: Map<string, Containers>;

  constructor(path: string, options: KeptFileOptions) {
    this.#file = new KeptFile(path, options, () => this.#text(), 'counts of restarts cannot be written');
    this.#log = options.log;
    this.#rules = this.#read(path);
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
    this.#file.changed();
  }

  forget(rule: string): void {
    if (this.#rules.delete(rule)) this.#file.changed();
  }

  /** Writes pending changes. */
  close(): void {
    this.#file.close();
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

  #read(path: string): Map<string, Containers> {
    const rules = new Map<string, Containers>();
    let text;
    try {
      text = readFileSync(path, 'utf8');
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.error({ err, path }, 'counts of restarts cannot be read: they begin at 0');
      return rules;
    }
    try {
      const found = JSON.parse(text) as { rules: { rule: string; containers: [string, Written][] }[] };
      for (const { rule, containers } of found.rules)
        rules.set(rule, new Map(containers.map(([key, written]) => [key, keptOf(written)])));
    } catch (err) {
      this.#log.error({ err, path }, 'counts of restarts are damaged: they begin at 0');
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
