/** Name and attributes of one container, and the state of its run. */
import {
  ATTRIBUTE_BYTES,
  type Attributes,
  EVENT_BYTES,
  type OwnEvent,
  SHORT,
  sizeOfAttributes,
} from '../event.ts';

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

/** Attributes of a run: nearly all events of a described container state no others. */
const RUN = ['pid', 'exitCode', 'signal'] as const;
const PID = 1;
const EXIT_CODE = 2;
const SIGNAL = 4;
/** Stands for every other attribute. */
const OTHER = 8;

/** The kinds of an event's own attributes: a sum of bits. */
export function kindsOf(own: Attributes): number {
  let bits = 0;
  for (const field in own) {
    if (field === 'pid') bits |= PID;
    else if (field === 'exitCode') bits |= EXIT_CODE;
    else if (field === 'signal') bits |= SIGNAL;
    else bits |= OTHER;
  }
  return bits;
}

/** Tests whether these kinds are attributes of a run alone. */
export function isOfRun(kinds: number): boolean {
  return (kinds & OTHER) === 0;
}

/** The table that holds a description, with the losses of its engine so far. */
export interface Owner {
  losses: number;
}

/**
 * A description as the table holds it. All of its events that add nothing share its attributes.
 *
 * The fields that each event reads come first, as their order in memory is the order here.
 */
export class Description {
  /** The holder, while it is held. */
  owner: Owner | undefined = undefined;
  run: Run;
  /** Losses of its engine when the run was learned: events of a later loss may have changed it. */
  losses: number;
  pid: string | undefined;
  readonly name: string | undefined;
  readonly isDescribed: boolean;
  /** True if no lasting attribute has the name of one of a run. */
  readonly #isDistinct: boolean;
  /** The lasting ones, and the pid while the container runs. */
  attributes: Attributes;
  /** Bytes in memory of these, and of id and name. */
  #bytes: number;
  readonly #textBytes: number;
  /** By the kinds of a run's attributes: the last ones with these beside the lasting ones. */
  readonly #last: (Record<string, string> | undefined)[] = [];

  readonly lasting: Attributes;
  readonly #lastingBytes: number;
  readonly key: string;
  readonly id: string;
  /** Characters of its texts, besides the pid. */
  readonly #length: number;
  /** True if a run began since the table last looked for the oldest description. */
  isRecent = false;

  constructor(key: string, id: string, { name, lasting, pid, run, losses }: Statements) {
    this.run = run;
    this.losses = losses;
    this.pid = undefined;
    this.name = name;
    this.isDescribed = name !== undefined || lasting['image'] !== undefined;
    this.#isDistinct = RUN.every((field) => lasting[field] === undefined);
    this.attributes = lasting;
    this.lasting = Object.freeze(lasting);
    this.#lastingBytes = sizeOfAttributes(lasting);
    this.#bytes = this.#lastingBytes;
    this.#textBytes = id.length + (name ?? id).length;
    this.key = key;
    this.id = id;
    let length = ENTRY + key.length + (name?.length ?? 0);
    for (const field in lasting) length += field.length + (lasting[field] as string).length;
    this.#length = length;
    this.setPid(pid);
  }

  /** Size in characters. */
  get length(): number {
    return this.#length + (this.pid?.length ?? 0);
  }

  setPid(pid: string | undefined): void {
    if (pid === this.pid) return;
    this.pid = pid;
    this.attributes = pid === undefined ? this.lasting : this.#withRun(PID, { pid });
    this.#bytes = this.#lastingBytes + (pid === undefined ? 0 : bytesOf('pid', pid));
  }

  /**
   * Completes an event that has no number yet. Its own attributes win.
   *
   * @param kinds of its own attributes
   */
  complete(event: OwnEvent, kinds: number, name: string | undefined): void {
    const own = event.attributes;
    const { pid, exitCode, signal } = own;
    const isOtherPid = pid !== undefined && this.pid !== undefined && pid !== this.pid;
    if (!isOfRun(kinds) || isOtherPid || !this.#isDistinct)
      return event.complete(name, merged(this.attributes, own));
    let bytes = this.#bytes;
    if (pid !== undefined && this.pid === undefined) bytes += bytesOf('pid', pid);
    if (exitCode !== undefined) bytes += bytesOf('exitCode', exitCode);
    if (signal !== undefined) bytes += bytesOf('signal', signal);
    const bits = this.pid === undefined ? kinds : kinds | PID;
    const isKnown = bits === 0 || (bits === PID && this.pid !== undefined);
    const attributes = isKnown ? this.attributes : this.#withRun(bits, own);
    const { type, action, source } = event;
    const length = this.#textBytes + type.length + action.length + (source.endpoint?.length ?? 0);
    const isSized = length < SHORT && bytes - this.#bytes < SHORT && name === (this.name ?? event.id);
    event.complete(name, attributes, isSized ? EVENT_BYTES + length + bytes : undefined);
  }

  /**
   * The lasting attributes with those of a run: the known pid, or the event's own values. The last
   * ones with these kinds again if the values are the same; otherwise their copy, which is made
   * several times faster than an object to which names are added.
   */
  #withRun(bits: number, { pid = this.pid, exitCode, signal }: Attributes): Attributes {
    const last = this.#last[bits];
    if (last === undefined) {
      return (this.#last[bits] = {
        ...this.lasting,
        ...((bits & EXIT_CODE) !== 0 && { exitCode: exitCode as string }),
        ...((bits & PID) !== 0 && { pid: pid as string }),
        ...((bits & SIGNAL) !== 0 && { signal: signal as string }),
      });
    }
    const isPid = (bits & PID) === 0 || last.pid === pid;
    if (isPid && last.exitCode === exitCode && last.signal === signal) return last;
    const made = { ...last };
    if ((bits & PID) !== 0) made['pid'] = pid as string;
    if ((bits & EXIT_CODE) !== 0) made['exitCode'] = exitCode as string;
    if ((bits & SIGNAL) !== 0) made['signal'] = signal as string;
    return (this.#last[bits] = made);
  }
}

/** Bytes of an attribute in memory. */
function bytesOf(field: string, value: string): number {
  return ATTRIBUTE_BYTES + field.length + value.length;
}

/** Merges both; the own values of an event win. Returns one of the given objects if that is enough. */
function merged(known: Attributes, own: Attributes): Attributes {
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
