/** Each reader gets every event of its query once, in order, or a gap. */
import { from } from 'rxjs';
import { byName } from '../../../operators/byName.ts';
import { parseCursor } from '../../../src/collector/cursor.ts';
import type { Frame, GapFrame } from '../../../src/collector/frames.ts';
import type { Query } from '../../../src/collector/query.ts';
import type { EngineEvent } from '../../../src/event.ts';
import type { Reader } from '../outside/reader.ts';
import { contains, isSame, type Range, textOf } from '../truth.ts';
import type { World } from '../world.ts';
import type { Archived } from './archive.ts';

export function checkReaders(world: World, archived: Archived): void {
  for (const reader of world.readers) {
    const check = new ReaderCheck(world, reader, archived);
    check.frames();
    if (reader.options.stays) check.all();
    else check.selected();
  }
}

const seqOf = (cursor: string): number => parseCursor(cursor).seq;
const epochOf = (cursor: string): string => parseCursor(cursor).epoch;
const isGap = (frame: Frame): frame is GapFrame => frame.kind === 'gap';

class ReaderCheck {
  readonly #world: World;
  readonly #reader: Reader;
  readonly #archived: Archived;
  readonly #gaps: Range[] = [];

  constructor(world: World, reader: Reader, archived: Archived) {
    this.#world = world;
    this.#reader = reader;
    this.#archived = archived;
    for (const { frame } of reader.had)
      if (isGap(frame)) this.#gaps.push({ from: seqOf(frame.from), to: seqOf(frame.to) });
  }

  #violate(invariant: string, detail: string): void {
    const { name } = this.#reader.options;
    this.#world.violate(invariant, `${name}: ${detail}`);
  }

  /** Checks of any reader. */
  frames(): void {
    const { truth } = this.#world;
    let last = 0;
    let epoch = '';
    for (const { frame } of this.#reader.had) {
      const cursor = frame.kind === 'ready' ? frame.newest : frame.kind === 'gap' ? frame.to : frame.cursor;
      if (epochOf(cursor) !== epoch) {
        epoch = epochOf(cursor);
        last = 0;
      }
      if (frame.kind === 'event') {
        const { event } = frame;
        if (event.seq <= last)
          this.#violate('every event comes once, in order', `${event.seq} after ${last}`);
        const known = truth.known.get(event.seq);
        if (known === undefined) truth.add(event, 0, false);
        else if (!isSame(known.event, event))
          this.#violate(
            'what is read is what was delivered',
            `${textOf(known.event)} became ${textOf(event)}`,
          );
        last = event.seq;
      } else if (frame.kind === 'gap') {
        this.#gap(frame);
        last = seqOf(frame.to);
      }
    }
  }

  /** Checks that no event within a gap is readable. */
  #gap({ from, to, reason, count }: GapFrame): void {
    if (count !== seqOf(to) - seqOf(from) + 1)
      this.#violate('a gap states its size', `${from} to ${to}: ${count}`);
    if (reason === 'epoch') return;
    const [first, last] = [seqOf(from), seqOf(to)];
    for (const seq of this.#archived.events.keys()) {
      if (first <= seq && seq <= last)
        return this.#violate(
          'no gap is larger than it is',
          `${from} to ${to} (${reason}): ${seq} can be read`,
        );
    }
  }

  /** A reader of everything has every number, or a gap. */
  all(): void {
    let next: number | undefined;
    let epoch = '';
    for (const { frame } of this.#reader.had) {
      if (frame.kind === 'ready') {
        if (epoch !== epochOf(frame.oldest)) next = undefined;
        epoch = epochOf(frame.oldest);
        continue;
      }
      const [from, to] =
        frame.kind === 'gap'
          ? [seqOf(frame.from), seqOf(frame.to)]
          : frame.kind === 'event'
            ? [frame.event.seq, frame.event.seq]
            : [seqOf(frame.cursor) + 1, seqOf(frame.cursor)];
      if (next !== undefined && from !== next)
        this.#violate('every hole is in a gap', `${frame.kind} ${from} follows ${next - 1}`);
      next = to + 1;
    }
    const newest = this.#world.life?.daemon?.collector.newest;
    if (newest !== undefined && next !== seqOf(newest) + 1)
      this.#violate(
        'every reader that stays ends with the same stream',
        `${String(next)} is next, newest is ${newest}`,
      );
  }

  /** A reader of a selection has all that matches between its first and its last frame. */
  selected(): void {
    const { had, options } = this.#reader;
    const { query } = options;
    const ready = had[0]?.frame;
    if (ready?.kind !== 'ready') return;
    const ends = had.findLast(({ frame }) => frame.kind !== 'ready');
    if (ends === undefined) return;
    const end = ends.frame.kind === 'gap' ? ends.frame.to : (ends.frame as { cursor: string }).cursor;
    const events = had.flatMap(({ frame }) => (frame.kind === 'event' ? [frame.event] : []));
    const expected = this.#expected(query, ready, seqOf(end));
    const missing = expected.filter((seq) => !events.some((event) => event.seq === seq));
    if (missing.length > 0)
      this.#violate(
        'a reader has all that it asked for',
        `without ${missing.slice(0, 5).join()} up to ${end}`,
      );
    const odd = events.find(({ seq }) => !expected.includes(seq));
    if (odd !== undefined) this.#violate('a reader has nothing that it did not ask for', textOf(odd));
    if (ends.frame.kind === 'end') this.#end(ends.frame.reason, ends.wall, query);
    if (query.until !== undefined) this.#late(query.until, seqOf(end));
  }

  #expected(query: Query, ready: Frame & { kind: 'ready' }, end: number): readonly number[] {
    const { since, until, tail, follow, name, filters } = query;
    const { known } = this.#world.truth;
    const first = since !== undefined || follow === false || tail !== undefined ? 0 : seqOf(ready.newest) + 1;
    // A tail is counted back from the newest event, also for a reader that leaves before its end.
    const last = tail === undefined ? end : Math.max(end, seqOf(ready.newest));
    let events = [...known.values()]
      .map(({ event }) => event)
      .filter(
        ({ seq }) => seq >= Math.max(first, seqOf(ready.oldest)) && seq <= last && !contains(this.#gaps, seq),
      )
      .toSorted((a, b) => a.seq - b.seq)
      .filter(
        ({ timeNano }) =>
          (since === undefined || timeNano >= since) && (until === undefined || timeNano <= until),
      );
    if (name !== undefined) events = named(events, name);
    const actions = filters?.['event'];
    if (actions !== undefined) events = events.filter(({ action }) => actions.includes(action));
    if (tail !== undefined) {
      const held = events.filter(({ seq }) => seq <= seqOf(ready.newest));
      events = [...held.slice(held.length - Math.min(held.length, tail)), ...events.slice(held.length)];
    }
    return events.map(({ seq }) => seq).filter((seq) => seq <= end);
  }

  /** @param wall when it came, by the machine's clock: in ms */
  #end(reason: string, wall: number, { until, follow }: Query): void {
    if (reason === 'complete' && follow !== false) this.#violate('until is exact', 'it completed by itself');
    if (reason !== 'until' || this.#world.drawn.includes('clock set')) return;
    if (until === undefined) this.#violate('until is exact', 'none was asked for');
    else if (BigInt(Math.floor(wall)) * 1_000_000n < until)
      this.#violate('until is exact', `it ended at ${wall} for ${until}`);
  }

  /** After its end a subscription gets nothing more, and examines nothing more. */
  #late(until: bigint, end: number): void {
    if (this.#world.drawn.includes('clock set')) return;
    const last = Number(until / 1_000_000n) + LATE;
    for (const { event, wall } of this.#world.truth.known.values())
      if (event.seq <= end && wall !== undefined && wall > last)
        return this.#violate(
          'until is exact',
          `its last number is ${end}, but ${event.seq} is of ${wall} ms, after ${until} ns`,
        );
  }
}

/** Most by which the end of a window can be late on the simulated machine: in ms. */
const LATE = 100;

export function named(events: readonly EngineEvent[], name: NonNullable<Query['name']>): EngineEvent[] {
  const found: EngineEvent[] = [];
  from(events)
    .pipe(byName(name))
    .subscribe((event) => found.push(event));
  return found;
}
