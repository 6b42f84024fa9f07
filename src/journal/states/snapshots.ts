/**
 * Snapshots of states, beside the segments: a state at a past time need not be folded from the
 * start.
 */
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import type { Instant } from '../../instant.ts';
import { blockAt, HEADER, KIND, makeBlock } from '../format/block.ts';
import type { StateSnapshot } from './state-fold.ts';
import { readSnapshot } from './stored-snapshot.ts';
import type { Store } from '../store/store.ts';
import { parseWhole } from '../../whole-number.ts';

const deflate = promisify(deflateRaw);

const NAME = /^(\d{16})\.states$/;

/**
 * Distance between two snapshots that stay: in events, and as a multiple of the snapshot's bytes.
 */
const EVENTS = 65_536;
const SHARE = 10;
/** Approximate bytes of an event. */
const EVENT_BYTES = 60;

/** A kept snapshot. */
export interface KeptSnapshot {
  readonly name: string;
  /** The number of the next event after it. */
  readonly next: number;
  /** The latest time in it, rounded up: ms since the Unix epoch. */
  readonly upTo: number;
  /** In bytes. */
  readonly size: number;
}

export class Snapshots {
  /** In order of their numbers. */
  readonly kept: KeptSnapshot[];
  readonly #store: Store;
  readonly #salt: number;
  /** The last one read, as long as it is in memory: many requests about one time read it once. */
  #last: { readonly name: string; readonly snapshot: WeakRef<StateSnapshot> } | undefined;

  /** @param head the number after all that the journal can hold: a snapshot beyond it is damaged */
  constructor(store: Store, salt: number, head: number) {
    this.#store = store;
    this.#salt = salt;
    this.kept = store.list().flatMap(({ name, size }) => {
      const next = parseWhole(NAME.exec(name)?.[1] ?? '');
      if (next === undefined || next > head) return [];
      const header = store.read(name, 0, HEADER);
      // The header holds this time where other blocks hold the time of recording.
      const upTo = header?.length === HEADER ? header.readDoubleLE(32) : Number.NaN;
      return Number.isSafeInteger(upTo) ? [{ name, next, upTo, size }] : [];
    });
  }

  /**
   * Finds the newest snapshot with nothing later than that time; undefined if there is no such
   * snapshot.
   */
  upTo(time: Instant): StateSnapshot | undefined {
    const found = this.kept.findLast(({ upTo }) => BigInt(upTo) * 1_000_000n <= time);
    return found && (this.#load(found) ?? this.#before(found, time));
  }

  /** Finds the newest snapshot. */
  newest(): StateSnapshot | undefined {
    return this.upTo(2n ** 62n);
  }

  /**
   * Tests whether a snapshot that ends before `next` is far enough from the one before it to stay.
   */
  isDistant(next: number, before: KeptSnapshot | undefined): boolean {
    const events = next - (before?.next ?? 1);
    return events >= EVENTS && events * EVENT_BYTES >= (before?.size ?? 0) * SHARE;
  }

  /**
   * Keeps a snapshot unless it takes more than `limit` bytes. Removes the snapshot before it if
   * that one is close to its neighbours: the newest stays, and the others are apart.
   */
  async add(snapshot: StateSnapshot, limit: number): Promise<void> {
    const { next, upTo } = snapshot;
    const name = `${String(next).padStart(16, '0')}.states`;
    const payload = await deflate(JSON.stringify(snapshot));
    if (payload.length > limit) return;
    const recorded = upTo === '' ? 0 : Number((BigInt(upTo) + 999_999n) / 1_000_000n);
    const bytes = makeBlock({ kind: KIND.states, first: next, count: 0, recorded }, payload, this.#salt);
    await this.#store.write([{ name, offset: 0, bytes }]);
    if (this.#last?.name === name) this.#last = undefined;
    const last = this.kept.at(-1);
    this.kept.push({ name, next, upTo: recorded, size: bytes.length });
    if (last === undefined || last.name === name || this.isDistant(last.next, this.kept.at(-3))) return;
    this.kept.splice(-2, 1);
    await this.#store.remove(last.name);
  }

  /** Removes snapshots that no query needs: all but the newest of those up to the oldest event. */
  expire(oldest: number): readonly KeptSnapshot[] {
    const last = this.kept.findLastIndex(({ next }) => next <= oldest);
    return last <= 0 ? [] : this.kept.splice(0, last);
  }

  #load({ name, next, size }: KeptSnapshot): StateSnapshot | undefined {
    const last = this.#last?.name === name ? this.#last.snapshot.deref() : undefined;
    if (last !== undefined) return last;
    const bytes = this.#store.read(name, 0, size);
    const block = bytes && blockAt(bytes, 0, this.#salt);
    if (bytes === undefined || block?.kind !== KIND.states || block.first !== next) return undefined;
    const snapshot = readSnapshot(bytes.subarray(block.start, block.end), next);
    if (snapshot === undefined) return undefined;
    this.#last = { name, snapshot: new WeakRef(snapshot) };
    return snapshot;
  }

  /** Replaces a damaged snapshot by the one before it. */
  #before(damaged: KeptSnapshot, time: Instant): StateSnapshot | undefined {
    this.kept.splice(this.kept.indexOf(damaged), 1);
    return this.upTo(time);
  }
}
