/** Reads the lines of `/v1/events`, and of a saved page. */
import type { ContainerState } from '../../operators/container-state.ts';
import { millisecondsOf, type PageEvent } from './event.ts';

/** Reason of a gap, as the daemon states it. */
export interface GapFrame {
  readonly kind: 'gap';
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly reason: string;
}

/** The host that the events are from. */
export interface HostInfo {
  readonly host: string;
  readonly zone: string;
  /** The host's clock in decimal nanoseconds. */
  readonly time: string;
  readonly version: string;
  readonly journal: boolean;
}

export type PageFrame =
  | { readonly kind: 'ready'; readonly oldest: string; readonly newest: string }
  | { readonly kind: 'event'; readonly cursor: string; readonly event: PageEvent }
  | { readonly kind: 'replay-end'; readonly cursor: string }
  | { readonly kind: 'bookmark'; readonly cursor: string }
  | GapFrame
  | {
      readonly kind: 'end';
      readonly reason: string;
      readonly cursor: string;
      readonly message?: string | undefined;
    };

/** Facts of a saved page besides its events. */
export interface Saved {
  readonly host: HostInfo;
  /** The command line that made it, for its title. */
  readonly title: string;
  /** The period in decimal nanoseconds. */
  readonly since?: string;
  readonly until: string;
  readonly view: 'events' | 'report';
}

/** Most different texts that are held once. */
const MOST_TEXTS = 20_000;
/** Longest text that is held once. */
const LONGEST = 200;

/**
 * Makes a reader of frames. Equal texts are held once: names, images and labels repeat in most
 * events.
 */
export function createFrameReader(): (line: string) => PageFrame | undefined {
  const texts = new Map<string, string>();
  const shared = (text: string): string => {
    if (text.length > LONGEST) return text;
    const known = texts.get(text);
    if (known !== undefined) return known;
    if (texts.size >= MOST_TEXTS) texts.clear();
    texts.set(text, text);
    return text;
  };
  let last: PageEvent['source'] | undefined;
  const sourceOf = (source: PageEvent['source']): PageEvent['source'] => {
    const isSame =
      last?.engine === source.engine && last.endpoint === source.endpoint && last.id === source.id;
    return isSame ? (last as PageEvent['source']) : (last = source);
  };
  return (line) => {
    let value: Line;
    try {
      value = JSON.parse(line) as Line;
    } catch {
      return undefined;
    }
    if (typeof value !== 'object' || value === null) return undefined;
    if (value.kind !== 'event') return typeof value.kind === 'string' ? (value as PageFrame) : undefined;
    const { cursor, timeNano, attributes } = value;
    if (!isEvent(value)) return undefined;
    for (const key in attributes) attributes[key] = shared(attributes[key] as string);
    const event: PageEvent = {
      seq: seqOf(cursor),
      cursor,
      at: millisecondsOf(timeNano),
      timeNano: BigInt(timeNano),
      type: shared(value.type),
      action: shared(value.action),
      id: shared(value.id),
      name: value.name === undefined ? undefined : shared(value.name),
      attributes,
      source: sourceOf(value.source),
    };
    return { kind: 'event', cursor, event };
  };
}

interface Line {
  readonly kind: string;
  readonly cursor: string;
  readonly timeNano: string;
  readonly type: string;
  readonly action: string;
  readonly id: string;
  readonly name?: string;
  readonly attributes: Record<string, string>;
  readonly source: PageEvent['source'];
}

function isEvent({ cursor, timeNano, type, action, id, attributes, source }: Line): boolean {
  const isText =
    typeof cursor === 'string' &&
    typeof timeNano === 'string' &&
    typeof type === 'string' &&
    typeof action === 'string' &&
    typeof id === 'string' &&
    typeof source?.engine === 'string';
  if (!isText || !/^-?\d{1,19}$/.test(timeNano)) return false;
  if (typeof attributes !== 'object' || attributes === null) return false;
  for (const key in attributes) if (typeof attributes[key] !== 'string') return false;
  return true;
}

/** The number in a cursor, for comparing positions of one daemon; 0 for another text. */
export function seqOf(cursor: string): number {
  const begin = cursor.indexOf(':') + 1;
  const seq = Number(cursor.slice(begin, cursor.indexOf('.', begin)));
  return begin > 0 && Number.isSafeInteger(seq) ? seq : 0;
}

/** The answer of `/v1/containers`. */
export interface ContainersAnswer {
  readonly cursor?: string;
  readonly containers: readonly (ContainerState & { readonly uncertain?: true })[];
  readonly gaps?: readonly { readonly reason: string; readonly since: string; readonly until: string }[];
}
