/** A forwarder: events to select, a sink, and the size of its batches. */
import type { Filters } from '../../operators/filters.ts';
import type { ChosenSink } from './sink.ts';

/** Bounds of a batch: it is sent as soon as it reaches one of them. */
export interface BatchLimits {
  /** Most events. */
  readonly count: number;
  /** Most bytes of encoded events; one larger event is a batch by itself. */
  readonly bytes: number;
  /** Longest time that an event waits for others, in ms. */
  readonly every: number;
}

/** A forwarder, read from a file and checked. */
export interface Forwarder {
  /** Unique in the file; its position on disk has this name. */
  readonly name: string;
  /** The selected events: patterns as in `-n`, filters as in `-f`. */
  readonly when: { readonly name: readonly string[]; readonly filters: Filters };
  readonly sink: ChosenSink;
  readonly batch: BatchLimits;
  /** Time limit of one attempt, in ms. */
  readonly timeout: number;
  /** The first event, if there is no position yet. */
  readonly start: 'now' | 'oldest';
}

/** The whole forwarder as text, for comparison. It holds secrets. */
export function forwarderText(forwarder: Forwarder): string {
  return JSON.stringify(forwarder);
}
