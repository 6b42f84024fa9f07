/** The containers of all engines as they are now: each engine is asked once, and events say what has changed since. */
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
import { createStateTable, type StateTable } from '../../operators/state-table.ts';
import { nowNano } from '../clock.ts';
import type { Collector } from '../collector/collector.ts';
import type { EngineControl, Inspected } from '../engines/control.ts';
import { type EngineEvent, type EventSource, isGap } from '../event.ts';
import type { Instant } from '../instant.ts';
import { type Log, silent } from '../log.ts';
import { Listing } from './listing.ts';
import { type Condition, wait } from './wait.ts';

export interface ContainersOptions {
  readonly collector: Pick<Collector, 'events' | 'newest' | 'cursorOf'>;
  /** What is known already: of the time before, or from elsewhere. Default: nothing. */
  readonly seed?: Iterable<ContainerState> | undefined;
  /** Where it says which engine cannot be asked. Default: nowhere. */
  readonly log?: Log | undefined;
  /** The clock of trying again. Default: the wall clock. */
  readonly scheduler?: SchedulerLike | undefined;
  /** When an engine is asked: nanoseconds since the Unix epoch. Default: this machine's clock. */
  readonly now?: (() => Instant) | undefined;
}

/** What an engine answered. */
export interface Listed {
  readonly source: EventSource;
  readonly containers: readonly Inspected[];
}

export interface Containers {
  /** Every event up to this cursor is taken into account. */
  readonly cursor: string;
  /** All that are known, removed ones included. */
  readonly states: Iterable<ContainerState>;
  /** Every state as it changes, and as `unknown` one that was forgotten to make room. */
  readonly changes: Observable<ContainerState>;
  /** Every answer of an engine that was asked for all its containers. */
  readonly listed: Observable<Listed>;
  /**
   * Asks an engine for all its containers: to be called whenever a connection to it was had. It is asked again when it lost
   * events, and, longer each time, when it does not answer.
   */
  list(source: EventSource, control: EngineControl): void;
  /** The states of an engine's containers, removed ones included; undefined as long as it has not listed them. */
  of(source: EventSource): readonly ContainerState[] | undefined;
  /** How an engine is acted on, where it was given to `list`. */
  control(source: EventSource): EngineControl | undefined;
  /** Waits until a container is as asked: see {@link wait}. */
  wait(name: string, condition: Condition): Observable<ContainerState>;
  /** Takes nothing in any more. */
  close(): void;
}

/** Keeps the containers of what a collector takes in from now on. Memory: 10,000 states. */
export function createContainers(options: ContainersOptions): Containers {
  return new Table(options);
}

/** How many questions for a pid may be open: beyond that, those of new runs stay unknown. And how long each may take, in ms. */
const PIDS = 16;
const PID_WITHIN = 5000;

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
  /** Of which endpoint a container is, where an event or a list has told. */
  readonly #endpoints = new Map<string, string | undefined>();
  readonly #listings = new Map<string, Listing>();
  /** Engines that have answered. */
  readonly #listed = new Set<string>();
  readonly #following: Subscription;
  /** Questions for a pid that are open. */
  readonly #asked = new Set<Subscription>();
  /** The cursor of the last event, and of the one before the first that is held back. */
  #last: string;
  #beforeHeld = '';

  constructor(options: ContainersOptions) {
    const { collector, seed = [], log = silent, scheduler = asyncScheduler, now = nowNano } = options;
    this.#options = { collector, log, scheduler, now };
    this.#table = createStateTable({ seed });
    this.#last = collector.newest;
    this.#following = collector.events().subscribe((event) => this.#take(event));
  }

  get cursor(): string {
    return this.#holds ? this.#beforeHeld : this.#last;
  }

  get states(): Iterable<ContainerState> {
    return this.#table;
  }

  list(source: EventSource, control: EngineControl): void {
    const key = keyOf(source);
    const known = this.#listings.get(key);
    const { log, scheduler } = this.#options;
    const onListed = (containers: readonly Inspected[]): void => this.#set(source, containers);
    const onEvent = (event: EngineEvent): void => this.#fold(event);
    const listing = known ?? new Listing(source, control, { log, scheduler, onListed, onEvent });
    listing.control = control;
    this.#listings.set(key, listing);
    listing.ask();
  }

  of(source: EventSource): readonly ContainerState[] | undefined {
    if (!this.#listed.has(keyOf(source))) return undefined;
    return [...this.#table].filter((state) => state.engine === source.engine && this.#isOf(state, source));
  }

  control(source: EventSource): EngineControl | undefined {
    return this.#listings.get(keyOf(source))?.control;
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

  #take(event: EngineEvent): void {
    const listing = this.#listings.get(keyOf(event.source));
    const heldBefore = this.#holds;
    if (listing === undefined) this.#fold(event);
    else listing.take(event);
    if (!heldBefore && this.#holds) this.#beforeHeld = this.#last;
    this.#last = this.#options.collector.cursorOf(event);
    // What it lost, it may still tell when asked.
    if (isGap(event)) listing?.askAfter();
  }

  #fold(event: EngineEvent): void {
    if (event.type === 'container') this.#endpoints.set(containerKey(event), event.source.endpoint);
    for (const state of this.#table.fold(event)) this.#tell(state);
    if (event.type === 'container' && event.action === 'start') this.#askPid(event);
  }

  /** Docker's events state no pid. */
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
          // Of the run that it was asked for, and no later one.
          if (pid !== undefined && now?.state === 'running' && now.startedAt === begun?.startedAt) {
            this.#put({ ...now, pid });
          }
        },
        // Then it is not known: who needs it asks the engine.
        error: () => undefined,
      });
    this.#asked.add(asking);
    asking.add(() => this.#asked.delete(asking));
  }

  /** An engine's answer: what is not in there is gone. */
  #set(source: EventSource, found: readonly Inspected[]): void {
    const containers = found.map((each) => identified(each, source));
    const listed = new Set(containers.map(({ state }) => stateKey(state)));
    for (const state of [...this.#table]) {
      const gone =
        state.engine === source.engine && state.state !== 'removed' && !listed.has(stateKey(state));
      if (gone && this.#isOf(state, source)) this.#put(removed(state, this.#options.now()));
    }
    for (const { state } of containers) {
      const key = stateKey(state);
      this.#endpoints.set(key, source.endpoint);
      const before = this.#before(state);
      // Engines count the restarts by their own policy alone.
      const restarts = Math.max(state.restarts, before?.restarts ?? 0);
      // And no engine says of which run somebody asked the end.
      const isOver = state.state === 'exited' || state.state === 'dead';
      const isAsked = isOver && before?.stopRequested === true && !hasRunSince(before, state);
      this.#put({ ...state, restarts, ...(isAsked ? { stopRequested: true } : {}) });
    }
    this.#listed.add(keyOf(source));
    this.listed.next({ source, containers });
  }

  /** Whether a state is of that engine: by its identity; where it states none, or did not yet, by its endpoint. */
  #isOf(state: ContainerState, { endpoint, id }: EventSource): boolean {
    if (state.engineId !== undefined) return state.engineId === id;
    const key = stateKey(state);
    return !this.#endpoints.has(key) || this.#endpoints.get(key) === endpoint;
  }

  /** The state of exactly this container. */
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
    if (state.state === 'removed' || state.state === 'unknown') this.#endpoints.delete(stateKey(state));
    this.changes.next(state);
  }

  get #holds(): boolean {
    return [...this.#listings.values()].some(({ holds }) => holds);
  }
}

function keyOf({ engine, endpoint = '' }: EventSource): string {
  return `${engine} ${endpoint}`;
}

function identified(inspected: Inspected, { id }: EventSource): Inspected {
  return id === undefined ? inspected : { ...inspected, state: { ...inspected.state, engineId: id } };
}

/** As if an event had said so. */
function removed(state: ContainerState, timeNano: Instant): ContainerState {
  return foldState(state, { timeNano, type: 'container', action: 'destroy', id: state.id, attributes: {} });
}

/** Whether what an engine lists is a later run than the one that is known. Its instants and those of its events differ a little. */
function hasRunSince(known: ContainerState, { startedAt = '0' }: ContainerState): boolean {
  const { startedAt: began = '0', finishedAt: ended = '0' } = known;
  return BigInt(startedAt) > BigInt(began) && BigInt(startedAt) > BigInt(ended);
}
