/** The events of a chunk, decoded as far as they are asked for. */
import { brotliDecompressSync } from 'node:zlib';
import type { EngineEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { blockAt, type FoundBlock, KIND } from './block.ts';
import { ByteReader } from './byte-stream.ts';
import { LARGEST } from './dictionary.ts';
import { type Columns, readColumns } from './event-columns.ts';
import { EventList } from './event-list.ts';
import { Rows } from './event-rows.ts';
import { packedContent } from './packed-chunk.ts';
import { TemplateSet } from './templates.ts';
import { type Condition, type Particulars, Views } from './views.ts';

/** Wanted events of a batch. */
export interface Wanted {
  readonly since?: Instant | undefined;
  readonly until?: Instant | undefined;
  readonly condition?: Condition | undefined;
  /** True to end after an event with a rename. */
  readonly stopsAtRename: boolean;
}

/** Work that a read may still do: to look at an event costs 1, to test a condition {@link EVALUATION}. */
export interface Budget {
  work: number;
}

/** Cost of a condition that is tested rather than remembered. */
const EVALUATION = 32;

/**
 * Events kept for readers that are close to each other. More of them would cost much garbage
 * collection.
 */
const SHARED = 512;

/** Bounds of a read. */
export interface Bounds {
  /** Most events in all. */
  readonly limit: number;
  readonly budget: Budget;
}

/** Consecutive events. */
export class Batch implements Particulars {
  readonly first: number;
  /** The number after the last readable event. */
  readonly next: number;
  readonly #views: Views;
  readonly #columns: Columns;
  /** The events made last, by their number. */
  readonly #events: (EngineEvent | undefined)[] = [];

  constructor(first: number, views: Views, columns: Columns) {
    this.first = first;
    this.next = first + columns.actions.length;
    this.#views = views;
    this.#columns = columns;
  }

  /** The event of that number. Readers close to each other share it. */
  event(seq: number): EngineEvent {
    const slot = seq % SHARED;
    const known = this.#events[slot];
    if (known?.seq === seq) return known;
    return (this.#events[slot] = this.#make(seq - this.first));
  }

  /** The events from one number up to but without another. */
  events(from: number = this.first, to: number = this.next): readonly EngineEvent[] {
    const events: EngineEvent[] = [];
    for (let seq = from; seq < to; seq++) events.push(this.event(seq));
    return events;
  }

  /**
   * Adds wanted events from `from` up to but without `to` to `out`, within the bounds.
   *
   * @returns the number after the last examined event: at least one is examined
   */
  select(from: number, to: number, wanted: Wanted, { limit, budget }: Bounds, out: EngineEvent[]): number {
    const { condition, stopsAtRename, since, until } = wanted;
    const views = this.#views;
    const { actions, templates, times } = this.#columns;
    const { offsets, base } = times;
    const low = since === undefined ? Number.NEGATIVE_INFINITY : Number(since - base);
    const high = until === undefined ? Number.POSITIVE_INFINITY : Number(until - base);
    const tested = views.tested;
    for (let seq = from; seq < to; seq++) {
      const work = seq - from + (views.tested - tested) * EVALUATION;
      if (work >= budget.work && seq > from) {
        budget.work -= work;
        return seq;
      }
      const index = seq - this.first;
      const offset = offsets[index] as number;
      // Not a number: the time is far from the others.
      if (offset < low || offset > high || (offset !== offset && this.#isOutside(index, wanted))) continue;
      const action = actions[index] as number;
      if (condition !== undefined && !views.test(condition, templates[index] as number, action, this, index))
        continue;
      out.push(this.event(seq));
      if (out.length >= limit || (stopsAtRename && views.renames[action] === true)) return seq + 1;
    }
    budget.work -= to - from + (views.tested - tested) * EVALUATION;
    return to;
  }

  timeOf(index: number): Instant {
    const { base, offsets, far } = this.#columns.times;
    const offset = offsets[index] as number;
    return Number.isNaN(offset) ? (far.get(index) as Instant) : base + BigInt(offset);
  }

  seqOf(index: number): number {
    return this.first + index;
  }

  valueOf(index: number, position: number): string {
    const { values, starts, own } = this.#columns;
    const reference = values[(starts[index] as number) + position] as number;
    return reference < 0 ? own.get(-1 - reference) : this.#views.skeleton.texts.get(reference);
  }

  #make(index: number): EngineEvent {
    const { actions, templates } = this.#columns;
    const action = this.#views.actions[actions[index] as number] as string;
    return this.#views.of(templates[index] as number).make(action, this, index);
  }

  #isOutside(index: number, { since, until }: Wanted): boolean {
    const time = this.timeOf(index);
    return (since !== undefined && time < since) || (until !== undefined && time > until);
  }
}

/**
 * Decodes a chunk that begins with the number `first`, as far as it is readable.
 *
 * @param dictionary the dictionary of the chunk's segment, if it is packed in columns
 */
export function readBatch(
  bytes: Buffer,
  first: number,
  salt: number,
  dictionary: () => Views | undefined = () => undefined,
): Batch {
  const block = blockAt(bytes, 0, salt);
  if (block?.kind === KIND.columns && block.first === first) {
    const views = dictionary();
    const columns = views && columnsOf(bytes, block, views);
    if (views !== undefined && columns !== undefined) return new Batch(first, views, columns);
  }
  return readRows(bytes, first, salt);
}

function columnsOf(bytes: Buffer, block: FoundBlock, views: Views): Columns | undefined {
  const { skeleton, varying } = views;
  const counts = { varying, actionCount: skeleton.actions.length, textCount: views.textCount };
  try {
    return readColumns(packedContent(bytes.subarray(block.start, block.end)), block.count, counts);
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}

/** Decodes the rows of a chunk that is being written, or packed by an earlier version. */
function readRows(bytes: Buffer, first: number, salt: number): Batch {
  const rows = new Rows();
  const templates = new TemplateSet(rows);
  const list = new EventList();
  for (const { block, payload } of blocksOf(bytes, first, salt)) {
    const before = list.length;
    try {
      for (let i = 0; i < block.count; i++) {
        rows.read(payload);
        list.push(rows, templates);
      }
      if (!payload.done) throw new RangeError('bytes after the last event');
    } catch (error) {
      if (!isDamage(error)) throw error;
      list.cut(before);
      break;
    }
  }
  const own = { get: (): string => '' };
  return new Batch(first, new Views(templates), { ...listColumns(list), own });
}

function listColumns({ times, actions, templates, values, starts }: EventList): Omit<Columns, 'own'> {
  return { times, actions, templates, values, starts };
}

function isDamage(error: unknown): boolean {
  return error instanceof RangeError || error instanceof SyntaxError;
}

/** Yields the blocks of rows, up to the first one that is damaged or belongs to another chunk. */
export function* blocksOf(
  bytes: Buffer,
  first: number,
  salt: number,
): Generator<{ readonly block: FoundBlock; readonly payload: ByteReader }> {
  let next = first;
  for (let at = 0; at < bytes.length;) {
    const block = blockAt(bytes, at, salt);
    if (block === undefined || block.first !== next) return;
    if (at === 0 && block.kind === KIND.packed) {
      const payload = unpacked(bytes.subarray(block.start, block.end));
      if (payload !== undefined) yield { block, payload };
      return;
    }
    if (block.kind !== (at === 0 ? KIND.events : KIND.more)) return;
    yield { block, payload: new ByteReader(bytes, block.start, block.end) };
    next += block.count;
    at = block.end;
  }
}

function unpacked(payload: Buffer): ByteReader | undefined {
  try {
    return new ByteReader(brotliDecompressSync(payload, { maxOutputLength: LARGEST }));
  } catch {
    return undefined;
  }
}
