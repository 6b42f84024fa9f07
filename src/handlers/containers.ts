/**
 * Current containers of all engines: each engine is listed once, and events bring the changes
 * since.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  asyncScheduler,
  type Observable,
  type SchedulerLike,
  Subject,
  type Subscription,
  timeout,
} from 'rxjs';
import { containerKey, stateKey } from '../../operators/container-key.ts';
import { type ContainerState, foldState } from '../../operators/container-state.ts';
import { createStateTable, type StateLookup, type StateTable } from '../../operators/state-table.ts';
import { nowNano } from '../clock.ts';
import type { Collector } from '../collector/collector.ts';
import type { EngineControl, Inspected } from '../engines/control.ts';
import { type EngineEvent, type EventSource, isGap, isOfFifo } from '../event.ts';
import type { Instant } from '../instant.ts';
import { type Log, silent } from '../log.ts';
import { ITEMS } from '../in-turns.ts';
import { Listing } from './listing.ts';
import { type Condition, wait } from './wait-for-container.ts';

/** Options of `createContainers`. */
export interface ContainersOptions {
  readonly collector: Pick<Collector, 'events' | 'newest' | 'cursorOf'>;
  /** States known before, for example from the journal. Default: none. */
  readonly seed?: Iterable<ContainerState> | undefined;
  /** Reports engines that cannot be listed. Default: no log. */
  readonly log?: Log | undefined;
  /** The clock of repetitions. Default: the wall clock. */
  readonly scheduler?: SchedulerLike | undefined;
  /** Time of a listing: nanoseconds since the Unix epoch. Default: this machine's clock. */
  readonly now?: (() => Instant) | undefined;
}

/** Answer of an engine, or a part of it: long ones come in turns of the event loop. */
export interface Listed {
  readonly source: EventSource;
  readonly containers: readonly Inspected[];
  /** True for the last part: all containers of the engine are known now. */
  readonly isLast: boolean;
}

/** The containers of all engines: states, changes and waits. */
export interface Containers {
  /** Every event up to this cursor is included. */
  readonly cursor: string;
  /** All known states, including those of removed containers. */
  readonly states: StateLookup;
  /** Every changed state. A state that was dropped to make room comes as `unknown`. */
  readonly changes: Observable<ContainerState>;
  /** Every listing of an engine, in parts. */
  readonly listed: Observable<Listed>;
  /**
   * Lists all containers of an engine. Call it after every connection to the engine. It lists again
   * after the engine lost events, and, after growing delays, if the engine does not answer.
   *
   * @param answer all its containers, as they are after every event so far. Default: the engine is
   *   asked
   */
  list(source: EventSource, control: EngineControl, answer?: readonly Inspected[]): void;
  /** Call it when a connection to an engine is lost: the next `list` shows the effect of lost events. */
  lost(source: EventSource): void;
  /**
   * The states of an engine's containers, removed ones included; undefined before its first
   * listing.
   */
  of(source: EventSource): readonly ContainerState[] | undefined;
  /** The control interface of an engine, if `list` was called with one. */
  control(source: EventSource): EngineControl | undefined;
  /** Waits for a container's condition: see {@link wait}. */
  wait(name: string, condition: Condition): Observable<ContainerState>;
  /** Ignores all later events. */
  close(): void;
}

/** Tracks the containers from a collector's events. Memory: at most 10,000 states. */
export function createContainers(options: ContainersOptions): Containers {
  return new Table(options);
}

/**
 * Most pending requests for a pid, and the time limit of each, in ms. Beyond that, the pids of new
 * runs stay unknown.
 */
const PIDS = 16;
const PID_WITHIN = 5000;

/** Most states. */
const LIMIT = 10_000;

interface Options {
  readonly collector: ContainersOptions['collector'];
  readonly log: Log;
  readonly scheduler: SchedulerLike;
  readonly now: () => Instant;
}

class Table implements Containers {
  readonly changes: Subject<ContainerState> = new Subject();
  readonly listed: Subject<Listed> = new Subject();
  readonly #options: Options;
  readonly #table: StateTable;
  /** Endpoint of each container, from events and listings. */
  readonly #endpoints = new Map<string, string | undefined>();
  readonly #listings = new Map<string, Listing>();
  /** Engines that have answered. */
  readonly #listed = new Set<string>();
  readonly #following: Subscription;
  /** Pending requests for a pid. */
  readonly #asked = new Set<Subscription>();
  /** The cursor of the last event, and of the event before the first one that is held back. */
  #last: string;
  #beforeHeld = '';

  constructor(options: ContainersOptions) {
    const { collector, seed = [], log = silent, scheduler = asyncScheduler, now = nowNano } = options;
    this.#options = { collector, log, scheduler, now };
    this.#table = createStateTable({ seed, limit: LIMIT });
    this.#last = collector.newest;
    this.#following = collector.events().subscribe((event) => {
      try {
        this.#take(event);
      } catch (err) {
        log.error({ err, id: event.id }, 'the state of a container could not be changed');
      }
    });
  }

  get cursor(): string {
    return this.#holds ? this.#beforeHeld : this.#last;
  }

  get states(): StateLookup {
    return this.#table;
  }

  list(source: EventSource, control: EngineControl, answer?: readonly Inspected[]): void {
    const key = keyOf(source);
    const known = this.#listings.get(key);
    const { log, scheduler } = this.#options;
    const onListed = (containers: readonly Inspected[]) => this.#set(source, containers);
    const onEvent = (event: EngineEvent): void => this.#fold(event);
    const listing = known ?? new Listing(source, control, { log, scheduler, onListed, onEvent });
    listing.source = source;
    listing.control = control;
    this.#listings.set(key, listing);
    listing.ask(answer);
  }

  lost(source: EventSource): void {
    const listing = this.#listings.get(keyOf(source));
    // The engine may be followed at another endpoint meanwhile.
    if (listing !== undefined && listing.source.endpoint === source.endpoint) listing.isConnected = false;
  }

  of(source: EventSource): readonly ContainerState[] | undefined {
    if (!this.#listed.has(keyOf(source))) return undefined;
    return [...this.#table].filter((state) => state.engine === source.engine && this.#isOf(state, source));
  }

  control(source: EventSource): EngineControl | undefined {
    return this.#listingOf(source)?.control;
  }

  wait(name: string, condition: Condition): Observable<ContainerState> {
    return wait(this, name, condition);
  }

  close(): void {
    this.#following.unsubscribe();
    for (const listing of this.#listings.values()) listing.close();
    for (const asking of this.#asked) asking.unsubscribe();
    this.changes.complete();
    this.listed.complete();
  }

  /** The listing of an engine. Records of the FIFO can be about its containers. */
  #listingOf(source: EventSource): Listing | undefined {
    const found = this.#listings.get(keyOf(source));
    if (found !== undefined || source.id !== undefined || !isOfFifo(source)) return found;
    for (const each of this.#listings.values()) {
      if (each.source.engine === source.engine && each.source.id === undefined) return each;
    }
    return undefined;
  }

  #take(event: EngineEvent): void {
    const listing = this.#listingOf(event.source);
    const heldBefore = this.#holds;
    if (listing === undefined) this.#fold(event);
    else listing.take(event);
    if (!heldBefore && this.#holds) this.#beforeHeld = this.#last;
    this.#last = this.#options.collector.cursorOf(event);
    // A new listing shows the effect of the lost events.
    if (isGap(event)) listing?.askAfter();
  }

  #fold(event: EngineEvent): void {
    const isOfEngine = event.type === 'container' && !isOfFifo(event.source);
    if (isOfEngine) this.#endpoints.set(containerKey(event), event.source.endpoint);
    for (const state of this.#table.fold(event)) this.#tell(state);
    // An event after the removal, or one that names no container, leaves no endpoint behind.
    if (isOfEngine && isGone(this.#table.get(event.id, event.source.engine, event.source.id)))
      this.#endpoints.delete(containerKey(event));
    if (event.type === 'container' && event.action === 'start') this.#askPid(event);
  }

  /** Requests the pid, which Docker's events do not state. */
  #askPid({ id, source }: EngineEvent): void {
    const control = this.control(source);
    const begun = this.#table.get(id, source.engine, source.id);
    if (control === undefined || begun?.pid !== undefined || this.#asked.size >= PIDS) return;
    const { scheduler } = this.#options;
    const asking = control
      .inspect(id)
      .pipe(timeout({ first: PID_WITHIN, scheduler }))
      .subscribe({
        next: (found) => {
          const now = this.#table.get(id, source.engine, source.id);
          const pid = found?.state.pid;
          // Only for the run that the request was for, not for a later one.
          if (pid !== undefined && now?.state === 'running' && now.startedAt === begun?.startedAt) {
            this.#put({ ...now, pid });
          }
        },
        // The pid then stays unknown; a consumer that needs it asks the engine.
        error: () => undefined,
      });
    this.#asked.add(asking);
    asking.add(() => this.#asked.delete(asking));
  }

  /**
   * Takes a listing: containers that it lacks are gone. Of more than the table holds, running ones
   * come first. Yields after each step.
   */
  *#set(source: EventSource, found: readonly Inspected[]): Generator<void, void> {
    const parts: (readonly Inspected[])[] = [];
    const listed = new Set<string>();
    for (let first = 0; first < found.length; first += ITEMS) {
      if (first > 0) yield;
      const part = found.slice(first, first + ITEMS).map((each) => identified(each, source));
      for (const { state } of part) listed.add(stateKey(state));
      parts.push(part);
    }
    if (found.length > LIMIT) parts.splice(0, parts.length, ...fitting(parts.flat()));
    let seen = 0;
    for (const state of this.#table) {
      this.#removeUnlisted(state, source, listed);
      if (++seen % ITEMS === 0) yield;
    }
    const last = parts.pop() ?? [];
    for (const part of parts) {
      this.#tellListed(source, part, false);
      yield;
    }
    this.#listed.add(keyOf(source));
    this.#tellListed(source, last, true);
  }

  #removeUnlisted(state: ContainerState, source: EventSource, listed: ReadonlySet<string>): void {
    const isGone =
      state.engine === source.engine && state.state !== 'removed' && !listed.has(stateKey(state));
    if (isGone && this.#isOf(state, source)) this.#put(removed(state, this.#options.now()));
  }

  #tellListed(source: EventSource, containers: readonly Inspected[], isLast: boolean): void {
    for (const { state } of containers) this.#putListed(state, source);
    this.listed.next({ source, containers, isLast });
  }

  #putListed(state: ContainerState, source: EventSource): void {
    this.#endpoints.set(stateKey(state), source.endpoint);
    const before = this.#before(state);
    // Engines only count restarts by their own policy.
    const restarts = Math.max(state.restarts, before?.restarts ?? 0);
    // No engine states for which run a stop was requested.
    const isOver = state.state === 'exited' || state.state === 'dead';
    const isAsked = isOver && before?.stopRequested === true && !hasRunSince(before, state);
    this.#put({ ...state, restarts, ...(isAsked ? { stopRequested: true } : {}) });
    if (source.engine === RECORDED) this.#replaceMonitored(state.id);
  }

  /** A container of the FIFO turns out to be this engine's: from now on its records are, too. */
  #replaceMonitored(id: string): void {
    const state = this.#before({ id, engine: MONITOR } as ContainerState);
    if (state !== undefined && state.state !== 'removed') this.#put(removed(state, this.#options.now()));
  }

  /**
   * Tests whether a state belongs to that engine: by identity, or by endpoint if no identity is
   * known.
   */
  #isOf(state: ContainerState, { endpoint, id }: EventSource): boolean {
    if (state.engineId !== undefined) return state.engineId === id;
    const key = stateKey(state);
    return !this.#endpoints.has(key) || this.#endpoints.get(key) === endpoint;
  }

  /** Finds the state of exactly this container. */
  #before({ id, engine, engineId }: ContainerState): ContainerState | undefined {
    const found = this.#table.get(id, engine, engineId);
    return found?.engineId === engineId ? found : undefined;
  }

  #put(state: ContainerState): void {
    const before = this.#before(state);
    if (before !== undefined && isDeepStrictEqual(before, state)) return;
    for (const changed of this.#table.set(state)) this.#tell(changed);
  }

  #tell(state: ContainerState): void {
    if (isGone(state)) this.#endpoints.delete(stateKey(state));
    this.changes.next(state);
  }

  get #holds(): boolean {
    return [...this.#listings.values()].some(({ holds }) => holds);
  }
}

/** The engine whose containers the records of the monitor FIFO are about, and that of unknown ones. */
const RECORDED = 'isulad';
const MONITOR = 'monitor';

function isGone(state: ContainerState | undefined): boolean {
  return state === undefined || state.state === 'removed' || state.state === 'unknown';
}

/** One engine at two endpoints is one. */
function keyOf({ engine, endpoint = '', id }: EventSource): string {
  return id === undefined ? `${engine} ${endpoint}` : `${engine} ID ${id}`;
}

function identified(inspected: Inspected, { id }: EventSource): Inspected {
  return id === undefined ? inspected : { ...inspected, state: { ...inspected.state, engineId: id } };
}

/** The last of these that fit the table, the running ones last, in parts. */
function fitting(containers: readonly Inspected[]): (readonly Inspected[])[] {
  const isLive = ({ state: { state } }: Inspected): boolean => state === 'running' || state === 'paused';
  const idle = containers.filter((each) => !isLive(each));
  const kept = [...idle, ...containers.filter(isLive)].slice(-LIMIT);
  return Array.from({ length: Math.ceil(kept.length / ITEMS) }, (_, i) =>
    kept.slice(i * ITEMS, (i + 1) * ITEMS),
  );
}

/** The state after a `destroy` event. */
function removed(state: ContainerState, timeNano: Instant): ContainerState {
  return foldState(state, { timeNano, type: 'container', action: 'destroy', id: state.id, attributes: {} });
}

/**
 * Tests whether a listed run is later than the known one. Times in listings and events differ a
 * little.
 */
function hasRunSince(known: ContainerState, { startedAt = '0' }: ContainerState): boolean {
  const { startedAt: began = '0', finishedAt: ended = '0' } = known;
  return BigInt(startedAt) > BigInt(began) && BigInt(startedAt) > BigInt(ended);
}
