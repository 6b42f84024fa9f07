/** A sink: a place that events are delivered to. */
import type { Writable } from 'node:stream';
import type { Observable, SchedulerLike } from 'rxjs';
import type { z } from 'zod';
import type { Outcome } from '../delivery/outcome.ts';
import type { EngineEvent } from '../event.ts';
import type { Log } from '../log.ts';

/** An event on its way to a sink. Gaps are events too: type `daemon`, action `gap`. */
export interface Item {
  readonly event: EngineEvent;
  /** Its cursor: the identity by which a receiver can drop repeats. */
  readonly cursor: string;
  /** The event in the sink's format. */
  readonly text: string;
  /** Bytes of `text` as UTF-8. */
  readonly bytes: number;
}

/**
 * The last event that a sink holds: its cursor; `nothing` if it never held one; `unknown` if the
 * forwarder's own position counts.
 */
export type Held = { readonly cursor: string } | 'nothing' | 'unknown';

/** An open sink. */
export interface Sink {
  /**
   * Encodes one event; called once for each. If it throws, the event is set aside.
   *
   * @param cursor the identity of the event
   */
  encode(event: EngineEvent, cursor: string): string;
  /**
   * Delivers events: subscribing starts it, unsubscribing cancels it. Emits one outcome; `done`
   * acknowledges all of them. An error counts as a failure worth a repetition.
   *
   * @param items one event or more, in order
   */
  send(items: readonly Item[]): Observable<Outcome>;
  /**
   * Asks for the last event that the sink holds; the forwarder continues after it, back or forth.
   * Called before the first delivery and after each failure, if present. Emits once; an error counts
   * as a failure worth a repetition. Default: the forwarder's own position counts.
   *
   * @param newest cursor of the newest event in the journal
   */
  held?(newest: string): Observable<Held>;
  /** Emits a reason if `held` must be asked for again, although no delivery has failed. */
  readonly lost?: Observable<string> | undefined;
  /**
   * Frees its resources. No delivery is subscribed to; the promise, if any, waits for one that was
   * cancelled and still writes.
   */
  close?(): void | Promise<void>;
}

/** Surroundings of a sink. */
export interface SinkContext {
  /** Name of the forwarder. */
  readonly name: string;
  readonly log: Log;
  /** The clock of all timers. */
  readonly scheduler: SchedulerLike;
  /** Standard output. Default: the process'. */
  readonly stdout?: Writable | undefined;
}

/** A kind of sinks: its options in the file, and the way to open it. */
export interface SinkKind<Options> {
  readonly options: z.ZodType<Options>;
  /** Default start of a new forwarder. Default `now`. */
  readonly start?: 'now' | 'oldest' | undefined;
  /** The target for people, without secrets: `http://loki:3100/loki/api/v1/push`. */
  describe(options: Options): string;
  /** Opens a sink. Must not block, connect or throw: `send` connects, and reports errors. */
  open(options: Options, context: SinkContext): Sink;
}

/** A kind with its options, read from a file. */
export interface ChosenSink {
  /** The key in the file: `loki`, `file` … */
  readonly kind: string;
  readonly options: unknown;
  /** The target for people, without secrets. */
  readonly target: string;
  /** Default start of a new forwarder. */
  readonly start: 'now' | 'oldest';
  /** Opens the sink. */
  open(context: SinkContext): Sink;
}
