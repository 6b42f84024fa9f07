/** Index of a table's records by name and id, with counts. */
import type { Phase, StateRecord } from './container-state.ts';
import { isIdPrefix } from './name-pattern.ts';

/** Number of one engine's containers in one state. */
export interface StateCount {
  readonly engine: string | undefined;
  readonly state: Phase;
  readonly count: number;
}

/** Leading digits of an id that the index uses. */
const DIGITS = 12;

/** One record, or several; removed ones in the order of their last change. */
type Entry = StateRecord | Set<StateRecord>;

/** Values that a record is indexed by. */
interface Filed {
  readonly name: string | undefined;
  readonly state: Phase;
}

/** Memory: some 400 bytes for each record. */
export class StateIndex {
  readonly #filed = new Map<StateRecord, Filed>();
  readonly #names = new Map<string, Entry>();
  /** By the first 12 digits, or by the whole id if it does not begin with 12 hex digits. */
  readonly #ids = new Map<string, Entry>();
  /** By the whole id: many ids can begin with the same digits. */
  readonly #whole = new Map<string, Entry>();
  readonly #counts = new Map<string, { engine: string | undefined; state: Phase; count: number }>();

  /** Indexes a new or changed record. */
  put(record: StateRecord): void {
    const { id, name, state } = record;
    const filed = this.#filed.get(record);
    if (filed?.name === name && filed?.state === state && !isRemoved(record)) return;
    this.delete(record);
    this.#filed.set(record, { name, state });
    if (name !== undefined) add(this.#names, name, record);
    add(this.#ids, keyOf(id), record);
    add(this.#whole, id, record);
    this.#count(record, state, 1);
  }

  delete(record: StateRecord): void {
    const filed = this.#filed.get(record);
    if (filed === undefined) return;
    this.#filed.delete(record);
    if (filed.name !== undefined) remove(this.#names, filed.name, record);
    remove(this.#ids, keyOf(record.id), record);
    remove(this.#whole, record.id, record);
    this.#count(record, filed.state, -1);
  }

  /** See `StateTable.lookup`. */
  *lookup(text: string): Generator<StateRecord> {
    const isPrefix = isIdPrefix(text);
    const start = isPrefix ? text.toLowerCase() : text;
    const named = this.#names.get(text);
    const begun = isPrefix ? this.#ids.get(keyOf(start)) : this.#whole.get(text);
    const isMeant = ({ id, name }: StateRecord): boolean =>
      name !== text && (isPrefix ? id.startsWith(start) : id === text);
    for (const removed of [false, true]) {
      for (const each of all(named)) if (isRemoved(each) === removed) yield each;
      for (const each of all(begun)) if (isRemoved(each) === removed && isMeant(each)) yield each;
    }
  }

  /** The records with exactly this id: removed ones in the order of their last change. */
  withId(id: string): Iterable<StateRecord> {
    return all(this.#whole.get(id));
  }

  counts(): Iterable<StateCount> {
    return this.#counts.values();
  }

  #count({ engine }: StateRecord, state: Phase, change: 1 | -1): void {
    const key = `${state} ${engine ?? ''}`;
    const found = this.#counts.get(key) ?? { engine, state, count: 0 };
    found.count += change;
    if (found.count > 0) this.#counts.set(key, found);
    else this.#counts.delete(key);
  }
}

function keyOf(id: string): string {
  return /^[0-9a-f]{12}/.test(id) ? id.slice(0, DIGITS) : id;
}

function isRemoved({ state }: StateRecord): boolean {
  return state === 'removed';
}

function all(entry: Entry | undefined): Iterable<StateRecord> {
  if (entry === undefined) return [];
  return entry instanceof Set ? entry : [entry];
}

function add(entries: Map<string, Entry>, key: string, record: StateRecord): void {
  const entry = entries.get(key);
  if (entry instanceof Set) entry.add(record);
  else entries.set(key, entry === undefined ? record : new Set([entry, record]));
}

function remove(entries: Map<string, Entry>, key: string, record: StateRecord): void {
  const entry = entries.get(key);
  if (!(entry instanceof Set)) return void entries.delete(key);
  entry.delete(record);
  if (entry.size > 0) return;
  entries.delete(key);
}
