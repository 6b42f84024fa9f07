/** Heartbeats: a host without events is known to be there. They are not stored. */
import { isWhole } from '../whole-number.ts';

/** Interval of heartbeats: in ms. */
export const EVERY = 5000;

/** A host without a heartbeat for so many intervals is silent. */
export const MISSED = 3;

export interface Heartbeat {
  /** Random name of the publishing daemon process. */
  readonly daemon: string;
  /** Start of its publishing: ms since the Unix epoch, by its own clock. */
  readonly since: number;
  /** Its clock: ms since the Unix epoch. */
  readonly now: number;
  /** Time until its next heartbeat: in ms. */
  readonly every: number;
  /** Cursor of the last event that the stream has acknowledged; empty before the first. */
  readonly cursor: string;
  /** `hello`: it asks other daemons of the same host for a heartbeat. `bye`: it stops. */
  readonly word?: 'hello' | 'bye' | undefined;
}

/** Longest heartbeat: in bytes. */
const LONGEST = 1024;

/** Reads a heartbeat; undefined if it is invalid. */
export function readHeartbeat(data: Uint8Array): Heartbeat | undefined {
  if (data.length > LONGEST) return undefined;
  let found: Partial<Record<keyof Heartbeat, unknown>>;
  try {
    found = (JSON.parse(Buffer.from(data).toString('utf8')) ?? {}) as typeof found;
  } catch {
    return undefined;
  }
  const { daemon, since, now, every, cursor, word } = found;
  const isNumber = isWhole(since) && isWhole(now) && isWhole(every);
  if (!isNumber || typeof daemon !== 'string' || typeof cursor !== 'string') return undefined;
  return { daemon, since, now, every, cursor, ...(word === 'hello' || word === 'bye' ? { word } : {}) };
}
