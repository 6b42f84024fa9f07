/** All that can be read is what was delivered: in order, once, and what is missing is told, with a reason that there is. */
import type { Collector } from '../../../src/collector/collector.ts';
import type { Span } from '../../../src/collector/archive.ts';
import type { EngineEvent } from '../../../src/event.ts';
import { parseCursor } from '../../../src/collector/cursor.ts';
import { contains, isSame, textOf } from '../truth.ts';
import type { World } from '../world.ts';

export interface Archived {
  readonly events: ReadonlyMap<number, EngineEvent>;
  readonly gaps: readonly Span[];
}

/** Reads everything, as a client would that asks for all of the past. */
function readAll(collector: Pick<Collector, 'reader'>, step: number): (EngineEvent | Span)[] {
  const reader = collector.reader({ since: -(2n ** 62n), follow: false });
  const all: (EngineEvent | Span)[] = [];
  for (let more = true; more;) {
    const chunk = reader.read(step);
    all.push(...chunk.events);
    if (chunk.gap !== undefined) all.push(chunk.gap);
    more = chunk.more;
  }
  reader.close();
  return all;
}

const isSpan = (each: EngineEvent | Span): each is Span => 'from' in each;

export function checkArchive(world: World, collector: Collector): Archived {
  const { truth, options } = world;
  const events = new Map<number, EngineEvent>();
  const gaps: Span[] = [];
  let next = 1;
  const expires = options.retainSize === 2 ** 20 || options.retainAge === 60_000;
  for (const each of readAll(collector, world.random.between(1, 200))) {
    const [from, to] = isSpan(each) ? [each.from, each.to] : [each.seq, each.seq];
    if (from !== next) world.violate('every hole is in a gap', `${from} follows ${next - 1}`);
    next = to + 1;
    if (isSpan(each)) {
      gaps.push(each);
      if (each.reason === 'damaged' && truth.flips === 0)
        world.violate('nothing is damaged by itself', `${from} to ${to}`);
      if (each.reason === 'expired' && !expires)
        world.violate('nothing expires before its time', `${from} to ${to}`);
    } else {
      events.set(each.seq, each);
      const known = truth.known.get(each.seq);
      // Recorded just before a kill, and delivered to no reader.
      if (known === undefined) truth.add(each, world.lives, false);
      else if (!isSame(known.event, each)) {
        world.violate('what is read is what was delivered', `${textOf(known.event)} became ${textOf(each)}`);
      }
    }
  }
  const head = parseCursor(collector.newest).seq + 1;
  if (next !== head)
    world.violate('every hole is in a gap', `all ends before ${next}, and the stream is at ${head}`);
  checkLost(world, { events, gaps });
  return { events, gaps };
}

function checkLost(world: World, { events, gaps }: Archived): void {
  const { truth } = world;
  const of = (...reasons: readonly string[]): readonly Span[] =>
    gaps.filter(({ reason }) => reasons.includes(reason));
  const excused = [...of('expired'), ...(truth.flips > 0 ? of('damaged', 'crash') : [])];
  const overflowed = truth.diskFailed ? of('overflow', 'crash') : [];
  for (const seq of truth.known.keys()) {
    if (events.has(seq) || contains(excused, seq) || contains(overflowed, seq)) continue;
    const reason = gaps.find(({ from, to }) => from <= seq && seq <= to)?.reason ?? 'no reason';
    if (truth.isAcknowledged(seq))
      world.violate('nothing acknowledged is lost', `${seq} is gone (${reason})`);
    else if (!truth.canBeLost(seq))
      world.violate('nothing delivered is lost by a kill', `${seq} is gone (${reason})`);
  }
}

/** The same cursors give the same events, after a restart as before. */
export function checkCursors(world: World, collector: Collector, { events }: Archived): void {
  const { random, machine } = world;
  const numbers = [...events.keys()];
  for (let i = 0; i < 5 && numbers.length > 0; i++) {
    const after = random.pick(numbers);
    const cursor = collector.cursorOf({ seq: after } as EngineEvent);
    const reader = machine.as(world.life?.process, () => collector.reader({ cursor, follow: false }));
    const had: number[] = [];
    for (let more = true; more && had.length < 50;) {
      const chunk = reader.read(random.between(1, 30));
      had.push(...chunk.events.map(({ seq }) => seq));
      for (const event of chunk.events) {
        const expected = events.get(event.seq);
        if (expected === undefined || !isSame(expected, event))
          world.violate('the same cursors give the same events', `after ${after}: ${textOf(event)}`);
      }
      more = chunk.more;
    }
    reader.close();
    const expected = numbers.filter((seq) => seq > after).slice(0, had.length);
    if (had.join() !== expected.join())
      world.violate(
        'the same cursors give the same events',
        `after ${after}: ${had.join()} for ${expected.join()}`,
      );
  }
}
