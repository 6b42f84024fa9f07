/** States of containers, folded from events and gaps in the order of recording. */
import { containerKey, stateKey } from '../../../operators/container-key.ts';
import type { ContainerState } from '../../../operators/container-state.ts';
import { dropOldest } from '../../../operators/drop-oldest.ts';
import { createStateTable, type StateTable } from '../../../operators/state-table.ts';
import { type EngineEvent, type GapReason, isGap } from '../../event.ts';
import { isInstantText } from '../format/ranges.ts';
import { ENTRY_REASONS } from '../format/segment.ts';
import type { Instant } from '../../instant.ts';

/** Missing events that make some states uncertain. A plain object that survives JSON. */
export interface StateGap {
  readonly reason: GapReason | 'left-out';
  /**
   * Approximate times of the first and last missing event: nanoseconds since the Unix epoch, in
   * decimal.
   */
  readonly since: string;
  readonly until: string;
  /** The engine that lost the events; absent if events of any engine may be missing. */
  readonly engine?: string;
  /** The identity of that engine, if it states one. */
  readonly engineId?: string;
}

/** Result of a fold so far: a plain object that survives JSON. */
export interface StateSnapshot {
  /** The number of the next event. */
  readonly next: number;
  /**
   * The latest time among the folded events: nanoseconds since the Unix epoch, in decimal; empty
   * before the first event.
   */
  readonly upTo: string;
  readonly states: readonly ContainerState[];
  /** Keys of the containers whose events may be missing. */
  readonly uncertain: readonly string[];
  /** The newest gaps. */
  readonly gaps: readonly StateGap[];
}

/** Assumed difference between clocks: in ns. An event cannot happen after its recording. */
const SLACK = 60_000_000_000n;
/** Count of gaps that are remembered. */
const GAPS = 100;
/** Count of gap scopes (engines) that are kept apart. */
const SCOPES = 8;

/** Gaps that concern the same containers. */
interface Scope {
  readonly gap: StateGap;
  /** Keys of its containers with an event since the newest such gap: the others are uncertain. */
  readonly recent: Set<string>;
}

/**
 * The time of an event, at most the time of recording plus the slack: an engine's clock may be
 * ahead.
 */
export function latestTime(time: Instant, recorded: number): Instant {
  const limit = BigInt(Math.trunc(recorded)) * 1_000_000n + SLACK;
  return time < limit ? time : limit;
}

function concerns(gap: StateGap, engine: string | undefined, engineId: string | undefined): boolean {
  return (
    (gap.engine === undefined || gap.engine === engine) &&
    (gap.engineId === undefined || gap.engineId === engineId)
  );
}

/** A state; `uncertain`: events after the container's last one may be missing. */
export type FoldedState = ContainerState & { readonly uncertain?: true };

export class StateFold {
  /** The number of the next event. */
  next: number;
  /** The latest time among the folded events. */
  upTo: Instant | undefined;
  readonly #table: StateTable;
  #uncertain: Set<string>;
  /**
   * Scopes by engine and identity: a repeated gap costs as much as the events since the last one,
   * not a look at all containers.
   */
  readonly #scopes = new Map<string, Scope>();
  #gaps: StateGap[];

  constructor(from: StateSnapshot | number) {
    const seed = typeof from === 'number' ? undefined : from;
    this.next = typeof from === 'number' ? from : from.next;
    this.upTo = seed === undefined || seed.upTo === '' ? undefined : BigInt(seed.upTo);
    this.#table = createStateTable({ seed: seed?.states });
    this.#uncertain = new Set(seed?.uncertain);
    this.#gaps = [...(seed?.gaps ?? [])];
  }

  /** Folds the events up to `until`; all without it. @param recorded time of recording: in ms */
  events(events: readonly EngineEvent[], recorded: number, until?: Instant): void {
    for (const event of events) {
      const time = latestTime(event.timeNano, recorded);
      if (until !== undefined && time > until) continue;
      if (this.upTo === undefined || time > this.upTo) this.upTo = time;
      if (event.type === 'container') this.#change(event);
      else if (isGap(event)) this.#lost(event);
    }
  }

  /** Notes missing events: their changes are unknown. */
  gap(gap: StateGap): void {
    this.#gaps = [...this.#gaps.slice(1 - GAPS), gap];
    const name = `${gap.engine ?? ''}/${gap.engineId ?? ''}`;
    const scope = this.#scopes.get(name);
    if (scope === undefined) return this.#sweep(gap, name);
    for (const key of scope.recent) this.#uncertain.add(key);
    scope.recent.clear();
  }

  /** Marks all containers of the gap as uncertain; forgets the keys of removed containers. */
  #sweep(gap: StateGap, name: string): void {
    const uncertain = new Set<string>();
    for (const container of this.#table) {
      const key = stateKey(container);
      const concerned = container.state !== 'removed' && concerns(gap, container.engine, container.engineId);
      if (concerned || this.#uncertain.has(key)) uncertain.add(key);
    }
    this.#uncertain = uncertain;
    if (this.#scopes.size >= SCOPES) dropOldest(this.#scopes);
    this.#scopes.set(name, { gap, recent: new Set() });
  }

  /** Folds an event of a container; one that cannot be folded is missing. */
  #change(event: EngineEvent): void {
    const { timeNano, source } = event;
    try {
      this.#table.take(event);
    } catch {
      const time = String(timeNano);
      return this.gap({ reason: 'damaged', since: time, until: time, engine: source.engine });
    }
    if (this.#scopes.size > 0 || this.#uncertain.size > 0) this.#certain(event);
  }

  /** After an event of a container, its state is certain again. */
  #certain(event: EngineEvent): void {
    const key = containerKey(event);
    this.#uncertain.delete(key);
    for (const [name, { gap, recent }] of this.#scopes) {
      if (!concerns(gap, event.source.engine, event.source.id)) continue;
      recent.add(key);
      // The set is as large as a sweep's work: the next such gap sweeps.
      if (recent.size * 2 > this.#table.size + 1024) this.#scopes.delete(name);
    }
  }

  /** Adds states of a snapshot, in their order. */
  seed(states: readonly ContainerState[]): void {
    for (const state of states) this.#table.set(state);
  }

  /** The existing containers. */
  containers(): readonly FoldedState[] {
    return [...this.each()];
  }

  /** The existing containers one by one. */
  *each(): Generator<FoldedState> {
    for (const state of this.#table) {
      if (state.state === 'removed') continue;
      yield this.#uncertain.has(stateKey(state)) ? { ...state, uncertain: true } : state;
    }
  }

  gaps(): readonly StateGap[] {
    return this.#gaps;
  }

  toSnapshot(): StateSnapshot {
    const { next, upTo } = this;
    const states = [...this.#table];
    const current = new Set(states.map(stateKey));
    const uncertain = [...this.#uncertain].filter((key) => current.has(key));
    return { next, upTo: upTo === undefined ? '' : String(upTo), states, uncertain, gaps: this.#gaps };
  }

  #lost({ timeNano, source, attributes }: EngineEvent): void {
    const { reason = 'upstream', since = '', until = '' } = attributes;
    // A gap of an engine concerns the containers of that engine; a gap of tidings concerns all.
    const engine = source.engine === 'tidings' ? {} : { engine: source.engine };
    const engineId = source.id === undefined ? {} : { engineId: source.id };
    this.gap({
      // Attributes are untrusted: the event's sender states them.
      reason: (ENTRY_REASONS.has(reason) ? reason : 'upstream') as GapReason,
      since: isInstantText(since) ? since : String(timeNano),
      until: isInstantText(until) ? until : String(timeNano),
      ...engine,
      ...engineId,
    });
  }
}
