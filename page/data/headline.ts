/** The summary of a period, in one sentence. */
import type { Fate } from './fate.ts';
import type { Bar, Lane, LoopSpan, Mark } from './lanes.ts';
import type { Gap } from './gaps.ts';

/** A thing to look at, the worst first. */
export interface Trouble {
  readonly kind: 'loop' | 'oom' | 'death' | 'unhealthy' | 'gap';
  readonly lane: Lane | undefined;
  readonly bar: Bar | undefined;
  /** The time to look at. */
  readonly from: number;
  readonly to: number;
  /** A few words: `out of memory after 3 s`. */
  readonly text: string;
}

export interface Headline {
  readonly troubles: readonly Trouble[];
  /** Counts of deaths by their kind. */
  readonly deaths: Readonly<Partial<Record<Fate, number>>>;
  readonly alarming: number;
  readonly running: number;
}

/** Finds the troubles of a period. */
export function headlineOf(lanes: Iterable<Lane>, gaps: readonly Gap[], from: number, to: number): Headline {
  const troubles: Trouble[] = [];
  const deaths: Partial<Record<Fate, number>> = {};
  let alarming = 0;
  let running = 0;
  for (const lane of lanes) {
    const loops = lane.loops.filter((loop) => loop.to >= from && loop.from <= to);
    for (const loop of loops) troubles.push(troubleOfLoop(lane, loop));
    for (const bar of lane.bars) {
      if ((bar.start ?? -Infinity) > to) break;
      if ((bar.end ?? Infinity) < from) continue;
      if ((bar.end ?? Infinity) > to) running++;
      for (const [index, { at, health }] of bar.health.entries()) {
        if (health !== 'unhealthy' || at > to) continue;
        const until = bar.health[index + 1]?.at ?? bar.end ?? to;
        if (until >= from)
          troubles.push({ kind: 'unhealthy', lane, bar, from: at, to: until, text: 'unhealthy' });
      }
      const { death } = bar;
      if (death === undefined || death.at < from || death.at > to) continue;
      deaths[death.fate] = (deaths[death.fate] ?? 0) + 1;
      if (!death.alarming) continue;
      alarming++;
      if (loops.some((loop) => loop.from <= death.at && death.at <= loop.to)) continue;
      troubles.push(troubleOfDeath(lane, bar, death));
    }
  }
  for (const { from: begin = -Infinity, to: end = Infinity, detail } of gaps) {
    if (begin > to || end < from) continue;
    const text = detail;
    troubles.push({
      ...{ kind: 'gap', lane: undefined, bar: undefined, text },
      ...{ from: Math.max(begin, from), to: Math.min(end, to) },
    });
  }
  troubles.sort((a, b) => RANK[a.kind] - RANK[b.kind] || b.to - a.to);
  return { troubles, deaths, alarming, running };
}

const RANK: Readonly<Record<Trouble['kind'], number>> = { oom: 0, loop: 1, death: 2, unhealthy: 3, gap: 4 };

function troubleOfLoop(lane: Lane, { from, to, deaths, over }: LoopSpan): Trouble {
  const text = `crash loop, ${deaths} deaths${over ? '' : ', not over'}`;
  return { kind: 'loop', lane, bar: undefined, from, to, text };
}

function troubleOfDeath(lane: Lane, bar: Bar, { at, fate, summary }: Mark): Trouble {
  return { kind: fate === 'oom' ? 'oom' : 'death', lane, bar, from: bar.start ?? at, to: at, text: summary };
}
