/** Name and attributes of one container, and the state of its run. */
import { type Attributes, sizeOfAttributes } from '../event.ts';

/** `on`: the container runs. `over`: its run has ended. */
export type Run = 'unknown' | 'on' | 'over';

/** Statements about a container. */
export interface Statements {
  readonly name: string | undefined;
  /** Its `name`, `image` and labels: frozen by the description. */
  readonly lasting: Attributes;
  /** The pid of its run, while it runs. */
  readonly pid: string | undefined;
  readonly run: Run;
  readonly losses: number;
}

/** Size in characters of a description without its texts. */
const ENTRY = 64;

/** A description as the table holds it. All of its events that add nothing share its attributes. */
export class Description {
  readonly key: string;
  readonly name: string | undefined;
  readonly isDescribed: boolean;
  readonly lasting: Attributes;
  /** The lasting ones, and the pid while the container runs. */
  attributes: Attributes;
  /** Bytes of the attributes in memory. */
  bytes: number;
  pid: string | undefined;
  run: Run;
  /** Losses of its engine when the run was learned: events of a later loss may have changed it. */
  losses: number;
  /** Characters of its texts, besides the pid. */
  readonly #length: number;
  /** Bytes of the lasting attributes in memory. */
  readonly #lastingBytes: number;
  /** True while the table holds it. */
  isHeld = false;
  /** True if a run began since the table last looked for the oldest description. */
  isRecent = false;

  constructor(key: string, { name, lasting, pid, run, losses }: Statements) {
    this.key = key;
    this.name = name;
    this.isDescribed = name !== undefined || lasting['image'] !== undefined;
    this.lasting = Object.freeze(lasting);
    this.attributes = lasting;
    this.#lastingBytes = sizeOfAttributes(lasting);
    this.bytes = this.#lastingBytes;
    this.run = run;
    this.losses = losses;
    let length = ENTRY + key.length + (name?.length ?? 0);
    for (const field in lasting) length += field.length + (lasting[field] as string).length;
    this.#length = length;
    this.pid = undefined;
    this.setPid(pid);
  }

  /** Size in characters. */
  get length(): number {
    return this.#length + (this.pid?.length ?? 0);
  }

  setPid(pid: string | undefined): void {
    if (pid === this.pid) return;
    this.pid = pid;
    this.attributes = pid === undefined ? this.lasting : Object.freeze({ ...this.lasting, pid });
    this.bytes = this.#lastingBytes + (pid === undefined ? 0 : sizeOfAttributes({ pid }));
  }
}

/** Merges both; the own values of an event win. Returns one of the given objects if that is enough. */
export function merged(known: Attributes, own: Attributes): Attributes {
  let adds = false;
  for (const field in own) {
    // Inherited values are never strings.
    if (known[field] !== own[field]) {
      adds = true;
      break;
    }
  }
  if (!adds) return known;
  for (const field in known) if (typeof own[field] !== 'string') return { ...known, ...own };
  return own;
}

export function isEmpty(fields: Attributes): boolean {
  for (const _ in fields) return false;
  return true;
}

export function same(one: Attributes, other: Attributes): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

export function copy(from: Attributes, to: Record<string, string>, field: string): void {
  if (Object.hasOwn(from, field)) to[field] = from[field] as string;
}
