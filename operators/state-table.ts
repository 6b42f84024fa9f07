/** The states of many containers, bounded. */
import { checkCount } from './check.ts';
import { containerKey, stateKey } from './container-key.ts';
import { type ContainerState, foldState, type StateEvent } from './container-state.ts';
import { dropOldest } from './drop-oldest.ts';

export interface StateTableOptions {
  /** What is known at the start, as an engine lists it or as a snapshot held it. Default: nothing. */
  readonly seed?: Iterable<ContainerState> | undefined;
  /** How many containers are held at most, 1 or more. Default 10,000. */
  readonly limit?: number | undefined;
  /**
   * How many of these may be removed ones, 0 or more: held so that a late event does not bring one back, since
   * Podman tells of an end after the removal. Default 1,000.
   */
  readonly removed?: number | undefined;
}

export interface StateTable extends Iterable<ContainerState> {
  /** How many containers are held, removed ones included. */
  readonly size: number;
  /** By full id; of any engine where none is named, of any identity where none is given. */
  get(id: string, engine?: string, engineId?: string): ContainerState | undefined;
  /**
   * Takes an event in.
   *
   * @returns the states that it changed: that of its container, and, as `unknown`, that of one which was
   *   forgotten to make room
   */
  fold(event: StateEvent): readonly ContainerState[];
  /** Takes in what an engine says of one: whatever was folded before is replaced. @returns as `fold` */
  set(state: ContainerState): readonly ContainerState[];
}

/**
 * Folds events into the states of all containers, with {@link foldState}. Iterating gives removed ones first, then
 * those that do not run, then those that do, each by their last change: what `JSON.stringify([...table])` writes is
 * a `seed` from which it goes on as it would have.
 *
 * Memory: `limit` states. When there are more, the removed one changed longest ago is forgotten, else the ended
 * one, else any.
 *
 * @throws RangeError at the call on bounds that are none
 */
export function createStateTable(options: StateTableOptions = {}): StateTable {
  const { seed = [], limit = 10_000, removed = 1000 } = options;
  checkCount('limit', limit, 1);
  checkCount('removed', removed);
  /** Apart by how soon they may be forgotten, each in order of the last change. */
  const gone = new Map<string, ContainerState>();
  const idle = new Map<string, ContainerState>();
  const live = new Map<string, ContainerState>();
  const ranks = [gone, idle, live] as const;
  const find = (key: string): ContainerState | undefined => gone.get(key) ?? idle.get(key) ?? live.get(key);
  const size = (): number => gone.size + idle.size + live.size;

  const put = (state: ContainerState, key: string): readonly ContainerState[] => {
    for (const rank of ranks) rank.delete(key);
    rankOf(state).set(key, state);
    if (gone.size > removed) dropOldest(gone);
    if (size() <= limit) return [state];
    const forgotten = dropOldest(ranks.find((rank) => rank.size > 0) ?? live);
    return forgotten === undefined || forgotten.state === 'removed'
      ? [state]
      : [state, { ...forgotten, state: 'unknown' }];
  };
  const rankOf = ({ state }: ContainerState): Map<string, ContainerState> =>
    state === 'removed' ? gone : state === 'running' || state === 'paused' ? live : idle;

  for (const state of seed) put(state, stateKey(state));
  return {
    get size() {
      return size();
    },
    get: (id, engine, engineId) => {
      const exact = engine === undefined ? undefined : find(stateKey({ id, engine, engineId }));
      if (exact !== undefined || engineId !== undefined) return exact;
      for (const rank of ranks.toReversed())
        for (const each of rank.values())
          if (each.id === id && (engine === undefined || each.engine === engine)) return each;
      return undefined;
    },
    fold: (event) => {
      const key = containerKey(event);
      const before = find(key);
      const after = foldState(before, event);
      return after === undefined || after === before ? [] : put(after, key);
    },
    set: (state) => put(state, stateKey(state)),
    *[Symbol.iterator]() {
      for (const rank of ranks) yield* rank.values();
    },
  };
}
