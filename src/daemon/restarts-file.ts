/**
 * Restarts of containers in a file of the data directory, so that counts and waits survive the
 * daemon.
 */
import { join } from 'node:path';
import type { EngineEvent } from '../event.ts';
import type { KeptRestarts, RestartsKeeper } from '../handlers/rules/kept-restarts.ts';
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
  readonly #rules: Map<string, Containers>;

  constructor(path: string, options: KeptFileOptions) {
    this.#file = new KeptFile(path, options, 'the counts of restarts', () => this.#fields());
    this.#rules = this.#file.read(rulesIn, 'begin at 0') ?? new Map();
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

  #fields(): string {
    let length = 0;
    const rules = [...this.#rules].map(([rule, containers]) => ({
      rule,
      containers: [...containers]
        .map(([key, kept]): [string, unknown] => [key, kept])
        .toReversed()
        .filter((each) => (length += JSON.stringify(each, withoutBigints).length) <= LARGEST)
        .toReversed(),
    }));
    return `"rules":${JSON.stringify(rules, withoutBigints)}`;
  }
}

/** @throws Error if it is not the content of the file */
function rulesIn(content: unknown): Map<string, Containers> {
  const { rules } = content as { rules: { rule: string; containers: [string, Written][] }[] };
  return new Map(
    rules.map(({ rule, containers }) => [
      rule,
      new Map(containers.map(([key, written]) => [key, keptOf(written)])),
    ]),
  );
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
