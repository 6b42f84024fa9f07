/** Finds events near a death that may be related to it. */
import { containerKey } from './container-key.ts';
import type { StateEvent } from './container-state.ts';
import { createExplainer } from './explain.ts';
import { behind } from './life.ts';

/** An event near a death: instants and spans in decimal nanoseconds. */
export interface Neighbour {
  readonly time: string;
  /** Its time minus the death's time: negative before the death. */
  readonly offset: string;
  readonly engine?: string;
  readonly type: string;
  readonly action: string;
  readonly id: string;
  readonly name?: string;
  /** The cause in a few words, if it is a death. */
  readonly summary?: string;
}

const MOST = 6;
/** Ten seconds before and after, in ns. */
const NEAR = 10_000_000_000n;

/** Actions of a container that can affect another one; execs, attaches and the like cannot. */
const TELLING = new Set([
  ...[
    'die',
    'died',
    'oom',
    'kill',
    'stop',
    'start',
    'restart',
    'create',
    'destroy',
    'remove',
    'pause',
    'unpause',
  ],
  ...['gap', 'delete', 'pull'],
]);

/**
 * Events of other containers within ten seconds, in order of arrival: the nearest six. Of equal
 * events of one container, only the nearest counts.
 */
export function neighboursOf<T extends StateEvent>(death: T, events: readonly T[]): readonly Neighbour[] {
  const explainer = createExplainer<T>();
  const key = containerKey(death);
  const said = new Set<string>();
  return events
    .flatMap((event, index) => {
      const explained = explainer.explain(event, behind(events, index));
      const offset = event.timeNano - death.timeNano;
      const near = offset <= NEAR && -offset <= NEAR;
      if (!near || containerKey(event) === key || !isTelling(event)) return [];
      return [{ event, offset, summary: explained?.summary }];
    })
    .map((each, index) => ({ ...each, index }))
    .toSorted((a, b) => weight(a) - weight(b))
    .filter(({ event }) => {
      const what = `${containerKey(event)} ${event.action}`;
      return !said.has(what) && said.add(what);
    })
    .slice(0, MOST)
    .toSorted((a, b) => a.index - b.index)
    .map(({ event: { timeNano, type, action, id, name, source }, offset, summary }) => ({
      time: String(timeNano),
      offset: String(offset),
      ...(source === undefined ? {} : { engine: source.engine }),
      type,
      action,
      id,
      ...(name === undefined ? {} : { name }),
      ...(summary === undefined ? {} : { summary }),
    }));
}

function isTelling({ type, action }: StateEvent): boolean {
  if (type === 'container') return TELLING.has(action) || action === 'health_status: unhealthy';
  return (type === 'daemon' || type === 'image') && TELLING.has(action);
}

/** Deaths, and events before the death, weigh more. */
function weight({ event, offset }: { readonly event: StateEvent; readonly offset: bigint }): number {
  const distance = Math.abs(Number(offset));
  const grave = event.action === 'die' || event.action === 'oom' || event.type === 'daemon';
  return distance * (offset > 0n ? 2 : 1) * (grave ? 0.25 : 1);
}
