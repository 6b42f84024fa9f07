/** An event as the page holds it. */
import type { Described, Named, Sourced, Timed } from '../../operators/shapes.ts';

export interface PageEvent extends Timed, Named, Described, Sourced {
  readonly seq: number;
  /** Milliseconds since the Unix epoch, with a fraction. */
  readonly at: number;
  readonly timeNano: bigint;
  readonly type: string;
  readonly action: string;
  readonly id: string;
  readonly name?: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly source: {
    readonly engine: string;
    readonly endpoint?: string | undefined;
    readonly id?: string | undefined;
  };
}

/** An event of the stream; small, since the page holds many. */
export class StreamEvent implements PageEvent {
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly action: string;
  readonly id: string;
  readonly name: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly source: PageEvent['source'];
  readonly #nanos: number;

  /**
   * @param second seconds since the Unix epoch, rounded down
   * @param nanos nanoseconds within the second
   */
  constructor(
    seq: number,
    second: number,
    nanos: number,
    { type, action, id, name, attributes, source }: Omit<PageEvent, 'seq' | 'at' | 'timeNano'>,
  ) {
    this.seq = seq;
    this.at = second * 1000 + nanos / 1e6;
    this.#nanos = nanos;
    this.type = type;
    this.action = action;
    this.id = id;
    this.name = name;
    this.attributes = attributes;
    this.source = source;
  }

  /** Made on request: most events of a history are never asked for it. */
  get timeNano(): bigint {
    const second = Math.round((this.at - this.#nanos / 1e6) / 1000);
    return BigInt(second) * 1_000_000_000n + BigInt(this.#nanos);
  }
}

/** Milliseconds of decimal nanoseconds, exact to about a microsecond. */
export function millisecondsOf(nano: string | bigint): number {
  return Number(nano) / 1e6;
}

/** Nanoseconds of milliseconds. */
export function nanoOf(at: number): bigint {
  const whole = Math.floor(at);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((at - whole) * 1e6));
}

/** The name for people: the name, or the first digits of the id. */
export function nameOf({ name, id, type }: Pick<PageEvent, 'name' | 'id' | 'type'>): string {
  return name ?? (id === '' ? type : id.slice(0, 12));
}

/** Tests for an event that stands for lost ones. */
export function isGap({ type, action }: Pick<PageEvent, 'type' | 'action'>): boolean {
  return type === 'daemon' && action === 'gap';
}
