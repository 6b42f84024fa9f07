/** The containers of `tidings top`: their states, latest events and activity. */
import { type ContainerState, createStateTable, type StateTable } from '../../operators/index.ts';
import type { EngineEvent } from '../../src/index.ts';
import { createDescriber, type Description, labelOf } from '../render/describe.ts';

/** Span of one bar: in ns. */
export const BAR = 10_000_000_000n;
/** Bars of activity. */
export const BARS = 20;

export interface Row {
  readonly state: ContainerState;
  readonly label: string;
  /** The latest event, and its time. */
  readonly last: (Description & { readonly at: bigint }) | undefined;
  /** Counts of events in the latest spans, the oldest first. */
  readonly activity: readonly number[];
}

interface Seen {
  last: Description & { readonly at: bigint };
  /** Counts by the number of their span. */
  readonly counts: Map<bigint, number>;
}

/** Most containers whose latest events are remembered. */
const MOST = 10_000;

export class Model {
  readonly #states: StateTable;
  readonly #describer: ReturnType<typeof createDescriber>;
  readonly #seen = new Map<string, Seen>();

  /** @param seed containers that are known already */
  constructor(seed: readonly ContainerState[] = []) {
    this.#states = createStateTable({ seed });
    this.#describer = createDescriber(seed);
  }

  /** Takes in the next event. @param now the time of its arrival, in ns since the Unix epoch */
  take(event: EngineEvent, now: bigint): void {
    const last = { ...this.#describer.describe(event), at: event.timeNano };
    if (event.type !== 'container') return;
    this.#states.take(event);
    const key = `${event.source.engine} ${event.id}`;
    const counts = this.#seen.get(key)?.counts ?? new Map<bigint, number>();
    const bar = now / BAR;
    counts.set(bar, (counts.get(bar) ?? 0) + 1);
    for (const each of counts.keys()) if (each <= bar - BigInt(BARS)) counts.delete(each);
    if (this.#seen.size >= MOST) this.#seen.clear();
    this.#seen.set(key, { last, counts });
  }

  /** The containers by name, those that need attention first. @param filter a part of the name */
  rows(now: bigint, filter = ''): readonly Row[] {
    const bar = now / BAR;
    return [...this.#states]
      .filter(({ state }) => state !== 'removed' && state !== 'unknown')
      .map((state): Row => {
        const { id, name, labels, engine = '' } = state;
        const seen = this.#seen.get(`${engine} ${id}`);
        const activity = Array.from(
          { length: BARS },
          (_, i) => seen?.counts.get(bar - BigInt(BARS - 1 - i)) ?? 0,
        );
        return {
          state,
          label: labelOf({ id, name, attributes: labels, type: 'container' }),
          last: seen?.last,
          activity,
        };
      })
      .filter(({ label }) => label.includes(filter))
      .toSorted((a, b) => rank(a) - rank(b) || (a.label < b.label ? -1 : 1));
  }
}

/** Those that need attention, then running ones, then others. */
function rank(row: Row): number {
  if (needsAttention(row)) return 0;
  return isUp(row) ? 1 : 2;
}

export function isUp({ state: { state } }: Row): boolean {
  return state === 'running' || state === 'paused';
}

/** Unhealthy, or failed without a request. */
export function needsAttention(row: Row): boolean {
  const { state, last } = row;
  if (isUp(row)) return state.health === 'unhealthy';
  if ((state.exitCode ?? 0) === 0 || state.state === 'created') return false;
  return last?.glyph === undefined ? state.stopRequested === undefined : last.tone === 'alarm';
}
