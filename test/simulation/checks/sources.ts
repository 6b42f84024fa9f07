/** The stream has each event of engines and senders once, or a gap. */
import { type EngineEvent, isGap } from '../../../src/event.ts';
import type { Docker, Published } from '../outside/docker.ts';
import type { World } from '../world.ts';
import type { Archived } from './archive.ts';

/** The detail of a gap after a restart without a record of the engine: see `src/engines/session-events.ts`. */
const LOST = 'the events of docker from before the restart are lost, and perhaps others';

/** Two steps of publishing can let so many others pass. */
const SLIPS = 40;

export function checkSources(world: World, archived: Archived): void {
  const events = [...world.truth.known.values()].map(({ event }) => event).toSorted((a, b) => a.seq - b.seq);
  for (const engine of world.engines) checkEngine(world, engine, events, archived);
  checkFifo(world, events);
}

/** The number of an engine's event; NaN for a reconciled one, which has labels of older events. */
const numberOf = ({ attributes: { n, reconciled } }: EngineEvent): number =>
  n === undefined || reconciled === 'true' ? Number.NaN : Number(n);

function checkEngine(world: World, engine: Docker, events: readonly EngineEvent[], archived: Archived): void {
  const endpoint = `unix://${engine.path}`;
  const own = events.filter(({ source }) => source.endpoint === endpoint);
  const seqs = new Map<number, number>();
  for (const event of own) {
    const n = numberOf(event);
    if (Number.isNaN(n)) continue;
    const before = seqs.get(n);
    // An event that a crash took from the journal is asked for again.
    if (before !== undefined && archived.events.has(before))
      world.violate('nothing comes twice', `event ${n} of ${endpoint} is ${before} and ${event.seq}`);
    seqs.set(n, event.seq);
  }
  const first = Math.min(...seqs.keys());
  const slips = world.drawn.includes('engine slips') ? SLIPS : 1;
  const reconciled = own.filter(({ attributes }) => attributes['reconciled'] === 'true');
  // Lists state the times of starts and ends, some in µs: first each event takes the one of its own moment.
  const absent = [MICROSECOND, SECOND].reduce(
    (left, within) => left.filter((published) => !takeReconciled(reconciled, published, within)),
    engine.published.filter(({ n }) => n >= first && !seqs.has(n)),
  );
  let missing = 0;
  for (const published of absent) {
    const { n } = published;
    if (takeReconciled(reconciled, published)) continue;
    missing++;
    const before = own.findLastIndex((event) => numberOf(event) < n);
    const after = own.findIndex((event, i) => i > before && numberOf(event) > n + slips);
    const between = own.slice(Math.max(0, before - slips), after < 0 ? undefined : after);
    if (!between.some(isGap))
      world.violate(
        'every hole is in a gap',
        `event ${n} (${published.action} of ${published.id.slice(0, 6)} at ${published.timeNano}) of ${endpoint} is missing between ${describe(own[before])} and ${describe(own[after])}`,
      );
  }
  const excuse = engine.restarts > 0 || engine.published.length > 256 || engine.garbled > 0;
  // A daemon that has lost its records of an engine cannot know whether that has lost events as well.
  const isForgotten = ({ seq }: EngineEvent): boolean => archived.gaps.some(({ from }) => from < seq);
  const gap = own.find(
    (event) => isGap(event) && !(event.attributes['detail'] === LOST && isForgotten(event)),
  );
  if (!excuse && gap !== undefined && world.truth.flips === 0)
    world.violate('each gap has a cause', JSON.stringify(gap.attributes));
  if (missing > 0)
    world.counts.set(
      'events lost by an engine',
      (world.counts.get('events lost by an engine') ?? 0) + missing,
    );
}

/** Takes the event of a list in its place, if there is one: with its own time, or later by at most `within`. */
function takeReconciled(
  reconciled: EngineEvent[],
  { id, action, timeNano }: Published,
  within?: bigint,
): boolean {
  const at = reconciled.findIndex(
    (event) =>
      event.id === id &&
      event.action === action &&
      timeNano <= event.timeNano + (within ?? SECOND) &&
      (within === undefined || event.timeNano <= timeNano + within),
  );
  if (at >= 0) reconciled.splice(at, 1);
  return at >= 0;
}

const MICROSECOND = 1000n;
const SECOND = 1_000_000_000n;

const describe = (event: EngineEvent | undefined): string =>
  event === undefined ? 'nothing' : `${event.seq} (${event.action}, event ${numberOf(event)})`;

function checkFifo(world: World, events: readonly EngineEvent[]): void {
  const had = new Set<number>();
  for (const event of events) {
    if (event.source.engine !== 'monitor' || isGap(event)) continue;
    const n = numberOf(event);
    if (had.has(n)) world.violate('nothing comes twice', `event ${n} of the FIFO is ${event.seq} as well`);
    had.add(n);
  }
  // A killed daemon loses its pipe; bytes beside garbage count as garbage.
  const kills = ['kill', 'kill in a call', 'power cut', 'power cut in a call'].some((fault) =>
    world.counts.has(fault),
  );
  if (kills || world.sender.garbage > 0) return;
  const missing = Array.from({ length: world.sender.sent }, (_, n) => n).filter((n) => !had.has(n));
  if (missing.length > 0) world.violate('nothing written into the FIFO is lost', missing.slice(0, 5).join());
}
