/** The state of an alert, and its form in a file. */
import type { EngineEvent } from '../../event.ts';
import type { Alert, AlertMessage } from './alert.ts';

/** A problem of one container. Times are in ms since the Unix epoch. */
export interface Problem {
  readonly name: string;
  readonly id: string;
  readonly engine: string;
  readonly image?: string | undefined;
  readonly project?: string | undefined;
  readonly kind: 'death' | 'illness';
  readonly since: number;
  /** The cause as a clause. */
  because: string;
  count: number;
  last: number;
  /** Set while the container runs again, or has ended as asked: the time at which the problem ends. */
  stableAt?: number | undefined;
  /** The end of the problem as a clause, with `stableAt`: `it runs again`. */
  end?: string | undefined;
  /** True once it is in a message, or will be in the next one. */
  told: boolean;
  /** True if the container removed itself: nothing can recover. */
  gone: boolean;
}

/** A message that is being gathered. */
export interface Group {
  due: number;
  readonly firing: string[];
  readonly resolved: Alert[];
}

/** The state that survives the daemon: plain JSON. */
export interface AlertState {
  readonly problems: readonly (readonly [key: string, problem: Problem])[];
  readonly updates: readonly (readonly [project: string, until: number])[];
  readonly group: Group | undefined;
  /** Times of the messages within the rate limit. */
  readonly sent: readonly number[];
  /** Messages that the receiver has not accepted yet. */
  readonly outbox: readonly AlertMessage[];
  readonly messages: number;
  /** Events of the last moments, which later ones may explain; absent in files of older versions. */
  readonly waiting?: readonly KeptWaiting[] | undefined;
}

export interface Waiting {
  readonly event: EngineEvent;
  readonly at: number;
}

/** The form in a file: instants are texts. */
interface KeptWaiting {
  readonly event: Omit<EngineEvent, 'timeNano'> & { readonly timeNano: string };
  readonly at: number;
}

/** Most events that are kept, and most characters of the attributes of each. */
const KEPT = 1000;
const ATTRIBUTES = 4096;

/** Actions that say something about the life of a container; execs are by far the most of the others. */
const OF_LIFE = /^(?:create|start|restart|kill|stop|die|oom|destroy|remove|cleanup|rename|health_status.*)$/;

/** Events of the last moments in the form of a file. */
export function keptWaiting(waiting: readonly Waiting[]): readonly KeptWaiting[] {
  return waiting
    .filter(({ event }) => OF_LIFE.test(event.action))
    .slice(-KEPT)
    .map(({ event, at }) => {
      const { seq, timeNano, type, action, id, name, source } = event;
      const { exitCode, signal } = event.attributes;
      const isLong = JSON.stringify(event.attributes).length > ATTRIBUTES;
      const attributes = isLong
        ? { ...(exitCode !== undefined && { exitCode }), ...(signal !== undefined && { signal }) }
        : event.attributes;
      return { event: { seq, timeNano: String(timeNano), type, action, id, name, attributes, source }, at };
    });
}

/**
 * Events from the form of a file.
 *
 * @throws SyntaxError if an instant is not a whole number
 */
export function waitingOf(kept: readonly KeptWaiting[]): Waiting[] {
  return kept.map(({ event, at }) => ({ event: { ...event, timeNano: BigInt(event.timeNano) }, at }));
}
