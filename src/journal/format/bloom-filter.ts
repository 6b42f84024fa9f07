/**
 * Bloom filter of the names, ids and sources in a chunk: it shows which chunks need not be read.
 * The filter of a packed chunk holds actions and attributes too.
 */
import type { EngineEvent, EventSource } from '../../event.ts';
import { oldName } from '../../../operators/old-name.ts';
import { fnv1a } from '../../hash.ts';

/** Bits for each key, and hashes for each key: about 1 in 100 look-ups is a false positive. */
const BITS_PER_KEY = 10;
const HASHES = 7;
/** Bytes of the largest filter: a chunk with very many keys has more false positives. */
const LARGEST = 4096;
const LARGEST_PACKED = 16_384;

/** Digits of an id that form its key: the length of the shortest id prefix in a name pattern. */
export const ID = 12;

/** Keys of an exact name, a full id, or an id prefix of at least 12 digits. */
export function keysOfName(name: string): readonly string[] {
  return name.length > ID ? [name, name.slice(0, ID)] : [name];
}

const OF_ENDPOINT = '\u0000';
const OF_ACTION = '\u0001';
const OF_ATTRIBUTE = '\u0002';
const OF_IDENTITY = '\u0003';

/** An engine: at an endpoint, or by its identity at any endpoint. */
interface Place {
  readonly engine: string;
  readonly endpoint?: string | undefined;
  readonly id?: string | undefined;
}

/** The key of an engine at an endpoint. */
export function keyOfEndpoint({ engine, endpoint = '' }: Place): string {
  return OF_ENDPOINT + engine + OF_ENDPOINT + endpoint;
}

/** The key of an engine's identity; undefined without one. Journals of earlier versions lack it. */
export function keyOfIdentity({ engine, id }: Place): string | undefined {
  return id === undefined ? undefined : OF_IDENTITY + engine + OF_IDENTITY + id;
}

/** All keys of a source. */
export function keysOfSource(source: Place): readonly string[] {
  const identity = keyOfIdentity(source);
  return [keyOfEndpoint(source), ...(identity === undefined ? [] : [identity])];
}

/** The key of an action, in filters of packed chunks. */
export function keyOfAction(action: string): string {
  return OF_ACTION + action;
}

/** The key of an attribute, `key=value`, in filters of packed chunks. */
export function keyOfAttribute(pair: string): string {
  return OF_ATTRIBUTE + pair;
}

/** Tests for a key that only filters of packed chunks hold. */
export function isPackedKey(key: string): boolean {
  return key.startsWith(OF_ACTION) || key.startsWith(OF_ATTRIBUTE);
}

/** Collects the keys of the events of one chunk. */
export class ChunkKeys {
  readonly #keys = new Set<string>();
  #source: EventSource | undefined;
  #id = '';
  #name: string | undefined;

  add(event: EngineEvent): void {
    const { id, name, source } = event;
    // Neighbouring events mostly share their container.
    if (id !== this.#id) this.#keys.add((this.#id = id).slice(0, ID));
    if (name !== this.#name && name !== undefined) this.#keys.add((this.#name = name));
    if (source !== this.#source) for (const key of keysOfSource((this.#source = source))) this.#keys.add(key);
    if (event.action === 'rename') {
      const before = oldName(event.attributes);
      if (before !== undefined) this.#keys.add(before);
    }
  }

  /** The Bloom filter of the keys. */
  toFilter(): Uint8Array {
    const hashes = new Set<number>();
    for (const key of this.#keys) hashes.add(fnv1a(key));
    return filterOf(hashes, LARGEST);
  }
}

/** The Bloom filter of a packed chunk. @param hashes of its keys, by {@link hashOfKey} */
export function packedFilter(hashes: ReadonlySet<number>): Uint8Array {
  return filterOf(hashes, LARGEST_PACKED);
}

/** The hash of a key: a whole number. */
export function hashOfKey(key: string): number {
  return fnv1a(key);
}

function filterOf(hashes: ReadonlySet<number>, largest: number): Uint8Array {
  const size = Math.min(largest, Math.ceil((hashes.size * BITS_PER_KEY) / 8));
  const filter = new Uint8Array(size);
  const bits = size * 8;
  for (const a of hashes) {
    const b = stepOf(a);
    for (let i = 0; i < HASHES; i++) {
      const bit = ((a + Math.imul(i, b)) >>> 0) % bits;
      filter[bit >> 3] = (filter[bit >> 3] as number) | (1 << (bit & 7));
    }
  }
  return filter;
}

/** Tests whether a chunk may hold one of the keys. False positives occur, false negatives never. */
export function mayContain(filter: Uint8Array, keys: readonly string[]): boolean {
  return filter.length === 0 || keys.some((key) => has(filter, key));
}

function has(filter: Uint8Array, key: string): boolean {
  const bits = filter.length * 8;
  const a = fnv1a(key);
  const b = stepOf(a);
  for (let i = 0; i < HASHES; i++) {
    const bit = ((a + Math.imul(i, b)) >>> 0) % bits;
    if (((filter[bit >> 3] as number) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** Distance between the bits of one key: odd, so that it reaches every bit. */
function stepOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d) | 1;
}
