/** Reads the lines of `/v1/events`, and of a saved page. */
import type { ContainerState } from '../../operators/container-state.ts';
import { type PageEvent, StreamEvent } from './event.ts';
import { createUnpacker, type EventsFrame, type PackedLine } from './packed.ts';

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
  | EventsFrame
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

/** Makes a reader of lines; undefined for a line that is not a frame. */
export function createFrameReader(): (line: string) => PageFrame | undefined {
  const unpack = createUnpacker();
  return (line) => {
    let value: Line | PackedLine | undefined;
    try {
      value = JSON.parse(line) as Line | PackedLine | undefined;
    } catch {
      return undefined;
    }
    if (typeof value !== 'object' || value === null || typeof value.kind !== 'string') return undefined;
    if (value.kind === 'events') return unpack(value as PackedLine);
    if (value.kind !== 'event') return value as unknown as PageFrame;
    return isEvent(value as Line) ? eventFrame(value as Line) : undefined;
  };
}

/** An event of a daemon that does not pack them. */
function eventFrame({ cursor, timeNano, ...parts }: Line): EventsFrame {
  const nanos = ((BigInt(timeNano) % SECOND) + SECOND) % SECOND;
  const second = Number((BigInt(timeNano) - nanos) / SECOND);
  return { kind: 'events', cursor, events: [new StreamEvent(seqOf(cursor), second, Number(nanos), parts)] };
}

const SECOND = 1_000_000_000n;

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
