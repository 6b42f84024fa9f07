/** The states of many containers, in bounded memory. */
import { checkCount } from './check.ts';
import { containerKey, stateKey } from './container-key.ts';
import { type ContainerState, isOfContainer, type StateEvent, StateRecord } from './container-state.ts';
import { dropOldest } from './drop-oldest.ts';
import { type StateCount, StateIndex } from './state-index.ts';

/** Options of `createStateTable`. */
export interface StateTableOptions {
  /** Initial states, from an engine's list or a snapshot. Default: none. */
  readonly seed?: Iterable<ContainerState> | undefined;
  /** Most held containers, 1 or more. Default 10,000. */
  readonly limit?: number | undefined;
  /**
   * Most removed containers among these, 0 or more. They are held so that a late event does not
   * revive one: Podman reports an end after the removal. Default 1,000.
   */
  readonly removed?: number | undefined;
  /**
   * Most characters of the labels of all states together, 1 or more; one state is always held.
   * Default 16 Mi.
   */
  readonly characters?: number | undefined;
}

/** States with an index of names and ids. */
export interface StateLookup extends Iterable<ContainerState> {
  /**
   * Finds the states with this name, this full id, or an id that begins with these 12 or more
   * digits. Existing containers come first, then removed ones in the order of their last change.
   *
   * Cost: proportional to the states that share the name, or the first 12 digits of the id.
   */
  lookup(nameOrId: string): Iterable<ContainerState>;
  /** The number of containers of each engine in each state. */
  counts(): Iterable<StateCount>;
  /** Number of changes so far: equal as long as nothing has changed. */
  readonly version: number;
}

/** The states of many containers, folded from events. */
export interface StateTable extends StateLookup {
  /** Count of held containers, including removed ones. */
  readonly size: number;
  /**
   * Finds by full id; in any engine without `engine`, of any identity without `engineId`. A running
   * container comes first.
   */
  get(id: string, engine?: string, engineId?: string): ContainerState | undefined;
  /**
   * Folds an event.
   *
   * @returns the changed states: that of its container, and, as `unknown`, that of a container
   *   dropped to make room
   */
  fold(event: StateEvent): readonly ContainerState[];
  /** Like `fold`, without returning states: for a table that is read rarely. */
  take(event: StateEvent): void;
  /** Replaces a container's state by that in an engine's list. @returns as `fold` */
  set(state: ContainerState): readonly ContainerState[];
}

/**
 * Folds events into the states of all containers, with {@link foldState}. Iteration gives removed
 * ones first, then stopped ones, then running ones, each by their last change: the output of
 * `JSON.stringify([...table])` is a `seed` that continues the same table.
 *
 * Memory: `limit` states, with `characters` of labels together. Beyond that, the removed container
 * with the oldest change is dropped, else the stopped one, else any.
 *
 * @throws RangeError at the call if a bound is invalid
 */
export function createStateTable(options: StateTableOptions = {}): StateTable {
  const { seed = [], limit = 10_000, removed = 1000, characters = 16 * 2 ** 20 } = options;
  checkCount('limit', limit, 1);
  checkCount('characters', characters, 1);
  checkCount('removed', removed);
  const records = new Map<string, StateRecord>();
  const measured = new Measured();
  /** Built on first use: many tables are only folded. */
  let index: StateIndex | undefined;
  let version = 0;
  const indexed = (): StateIndex => {
    if (index !== undefined) return index;
    index = new StateIndex();
    for (const rank of ranks) for (const record of rank.keys()) index.put(record);
    return index;
  };
  /** Keys by rank: the first rank is dropped first. Each is in order of the last change. */
  const ranks = [
    new Map<StateRecord, string>(),
    new Map<StateRecord, string>(),
    new Map<StateRecord, string>(),
  ];
  const [gone, idle, live] = ranks as [Rank, Rank, Rank];
  const rankOf = ({ state }: StateRecord): Rank =>
    state === 'removed' ? gone : state === 'running' || state === 'paused' ? live : idle;
  const forgetOldest = (rank: Rank): StateRecord | undefined => {
    const [record] = rank.keys();
    const key = dropOldest(rank);
    if (key !== undefined) records.delete(key);
    if (record !== undefined) {
      measured.forget(record);
      index?.delete(record);
    }
    return record;
  };

  /**
   * Puts a record at the end of its rank.
   *
   * @returns the records dropped to make room, except removed ones
   */
  const place = (record: StateRecord, key: string, before?: Rank): readonly StateRecord[] => {
    before?.delete(record);
    version++;
    rankOf(record).set(record, key);
    measured.measure(record);
    index?.put(record);
    if (gone.size > removed) forgetOldest(gone);
    if (records.size <= limit && measured.total <= characters) return NONE;
    const forgotten: StateRecord[] = [];
    while (records.size > limit || (measured.total > characters && records.size > 1)) {
      const oldest = forgetOldest(ranks.find((rank) => rank.size > 0) ?? live);
      if (oldest !== undefined && oldest.state !== 'removed') forgotten.push(oldest);
    }
    return forgotten;
  };
  const states = (record: StateRecord, forgotten: readonly StateRecord[]): readonly ContainerState[] => [
    record.view(),
    ...forgotten.map((each): ContainerState => ({ ...each.view(), state: 'unknown' })),
  ];

  const set = (state: ContainerState): readonly ContainerState[] => {
    const key = stateKey(state);
    const record = StateRecord.of(state);
    const known = records.get(key);
    if (known !== undefined) {
      rankOf(known).delete(known);
      measured.forget(known);
      index?.delete(known);
    }
    records.set(key, record);
    return states(record, place(record, key));
  };
  /** @returns the record that the event changed, and the dropped ones */
  const take = (event: StateEvent): readonly [record?: StateRecord, forgotten?: readonly StateRecord[]] => {
    if (!isOfContainer(event)) return [];
    const key = containerKey(event);
    const known = records.get(key);
    const record = known ?? new StateRecord(event.id, event.source);
    const before = known && rankOf(known);
    if (!record.fold(event) && known !== undefined) return [];
    if (known === undefined) records.set(key, record);
    return [record, place(record, key, before)];
  };

  for (const state of seed) set(state);
  return {
    get size() {
      return records.size;
    },
    get: (id, engine, engineId) => {
      const exact = engine === undefined ? undefined : records.get(stateKey({ id, engine, engineId }));
      if (exact !== undefined || engineId !== undefined) return exact?.view();
      let found: StateRecord | undefined;
      for (const each of indexed().withId(id)) {
        if (engine !== undefined && each.engine !== engine) continue;
        if (rankOf(each) === live) return each.view();
        // Stopped containers come before removed ones.
        if (found === undefined || rankOf(each) === rankOf(found)) found = each;
      }
      return found?.view();
    },
    *lookup(nameOrId) {
      for (const record of indexed().lookup(nameOrId)) yield record.view();
    },
    counts: () => indexed().counts(),
    get version() {
      return version;
    },
    fold: (event) => {
      const [record, forgotten = NONE] = take(event);
      return record === undefined ? [] : states(record, forgotten);
    },
    take: (event) => void take(event),
    set,
    *[Symbol.iterator]() {
      for (const rank of ranks) for (const record of rank.keys()) yield record.view();
    },
  };
}

const NONE: readonly StateRecord[] = [];

/** Sums the characters of the records' labels. */
class Measured {
  total = 0;
  readonly #known = new Map<
    StateRecord,
    { readonly labels: StateRecord['labels']; readonly length: number }
  >();

  measure(record: StateRecord): void {
    const { labels } = record;
    if (this.#known.get(record)?.labels === labels) return;
    this.forget(record);
    let length = 0;
    for (const key in labels) length += key.length + (labels[key] as string).length;
    this.#known.set(record, { labels, length });
    this.total += length;
  }

  forget(record: StateRecord): void {
    this.total -= this.#known.get(record)?.length ?? 0;
    this.#known.delete(record);
  }
}

/** Records with their keys. */
type Rank = Map<StateRecord, string>;
