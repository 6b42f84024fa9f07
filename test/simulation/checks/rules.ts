/** Rules act once for each event that they match. */
import { parseCursor } from '../../../src/collector/cursor.ts';
import { isGap } from '../../../src/event.ts';
import { RULE } from '../rules.ts';
import { type Known, textOf } from '../truth.ts';
import type { World } from '../world.ts';

export function checkRules(world: World): void {
  const { truth, receiver } = world;
  const seen = new Set<string>();
  for (const { id, life } of receiver.delivered) {
    const [cursor = ''] = id.split('/');
    const known = truth.known.get(parseCursor(cursor).seq);
    if (seen.has(`${id} ${life}`)) world.violate('rules act once', `${id} was delivered twice`);
    seen.add(`${id} ${life}`);
    if (known === undefined) world.violate('rules act on events that there are', id);
    else if (known.event.action !== 'die' || known.event.type !== 'container')
      world.violate('rules act on what they match', textOf(known.event));
    else if (known.life !== life) world.violate('rules act once', `${id} is of an earlier daemon`);
    else if (isOld(world, known))
      world.violate(
        'rules act on news only',
        `daemon of ${world.begun[life - 1]} µs: ${textOf(known.event)}`,
      );
  }
  const events = [...truth.known.values()];
  const last = world.life?.number;
  // Where too much waits for one container, tasks are dropped, and that is told.
  const dropped = events.some(({ event }) => event.type === 'tidings' && event.action === 'gap');
  if (dropped) return;
  const results = new Map<number, number>();
  for (const { event } of events) {
    if (event.type !== 'tidings' || event.attributes['rule'] !== RULE) continue;
    const cause = parseCursor(event.attributes['cause'] ?? '').seq;
    results.set(cause, (results.get(cause) ?? 0) + 1);
  }
  for (const { event, life, isNews } of events) {
    const count = results.get(event.seq) ?? 0;
    if (count > 1) world.violate('rules act once', `event ${event.seq} has ${count} results`);
    const isMatched = event.type === 'container' && event.action === 'die' && !isGap(event);
    if (isMatched && isNews && life === last && count === 0)
      world.violate('rules act on every event that they match', `nothing was done about ${event.seq}`);
  }
}

/** Uncertainty of an engine's clock, which states whole seconds, and some more: in µs. */
const UNSURE = 3e6;

/** Tests whether an event happened before its daemon started: the engine only replays it. */
function isOld({ engines, begun, drawn }: World, { event, life }: Known): boolean {
  if (drawn.includes('engine clock set') || event.attributes['reconciled'] === 'true') return false;
  const engine = engines.find(({ path }) => event.source.endpoint === `unix://${path}`);
  const published = engine?.published[Number(event.attributes['n'])];
  return published !== undefined && published.at + UNSURE < (begun[life - 1] ?? 0);
}
