import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { containerKey, stateKey } from '../../../../operators/container-key.ts';
import { createStateTable, type StateTable } from '../../../../operators/state-table.ts';
import type { EngineEvent } from '../../../../src/event.ts';
import { StateFold } from '../../../../src/journal/states/state-fold.ts';
import { event } from '../../../support/events.ts';

/** States that a fold has looked at in sweeps over its table. */
let looked = 0;

vi.mock(import('../../../../operators/state-table.ts'), async (original) => {
  const real = await original();
  const counting = (options: Parameters<typeof real.createStateTable>[0]): StateTable => {
    const table = real.createStateTable(options);
    const counted = Object.create(table) as StateTable;
    counted[Symbol.iterator] = function* () {
      for (const state of table) {
        looked++;
        yield state;
      }
      return undefined;
    };
    return counted;
  };
  return { ...real, createStateTable: counting };
});

let seq = 0;
const numbered = (parts: Parameters<typeof event>[0]): EngineEvent => ({ ...event(parts), seq: ++seq });
const lost = (engine: string, id?: string): EngineEvent =>
  numbered({
    ...{ type: 'daemon', action: 'gap', id: '', name: engine, timeNano: 1n },
    attributes: { reason: 'upstream', detail: '' },
    source: { engine, ...(id === undefined ? {} : { id }) },
  });

const anyEvent = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        engine: fc.constantFrom('docker', 'podman', 'monitor'),
        identity: fc.constantFrom(undefined, 'x', 'y'),
        action: fc.constantFrom('create', 'start', 'die', 'destroy', 'exec_start'),
      })
      .map(({ id, engine, identity, action }) => {
        const source = identity === undefined ? { engine } : { engine, id: identity };
        return numbered({ id, name: id, action, source });
      }),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({
        engine: fc.constantFrom('docker', 'podman', 'monitor', 'tidings', 'e1', 'e2', 'e3'),
        identity: fc.constantFrom(undefined, 'x', 'y'),
      })
      .map(({ engine, identity }) => lost(engine, identity)),
  },
);

/** Every gap looks at every container. */
function uncertainByHand(events: readonly EngineEvent[]): readonly string[] {
  const table = createStateTable();
  const uncertain = new Set<string>();
  for (const each of events) {
    const { engine, id } = each.source;
    if (each.type === 'container') {
      table.fold(each);
      uncertain.delete(containerKey(each));
      continue;
    }
    for (const state of table) {
      const ofEngine = engine === 'tidings' || engine === state.engine;
      if (ofEngine && (id === undefined || id === state.engineId)) uncertain.add(stateKey(state));
    }
  }
  return [...table]
    .filter((state) => state.state !== 'removed' && uncertain.has(stateKey(state)))
    .map(stateKey)
    .toSorted();
}

describe('StateFold', () => {
  it('knows which states are uncertain, as if each gap looked at all of them', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 80 }), fc.nat({ max: 80 }), (events, cut) => {
        const whole = new StateFold(1);
        whole.events(events, 1e15);
        const first = new StateFold(1);
        first.events(events.slice(0, cut), 1e15);
        const resumed = new StateFold(JSON.parse(JSON.stringify(first.toSnapshot())));
        resumed.events(events.slice(cut), 1e15);
        for (const fold of [whole, resumed]) {
          const found = fold.containers().filter(({ uncertain }) => uncertain === true);
          expect(found.map(stateKey).toSorted()).toEqual(uncertainByHand(events));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('looks at no container again for each of many gaps', () => {
    const fold = new StateFold(1);
    const ids = Array.from({ length: 5000 }, (_, i) => `c${i}`);
    const source = { engine: 'docker' };
    fold.events(
      ids.map((id) => numbered({ id, name: id, action: 'start', source })),
      1e15,
    );
    looked = 0;
    for (let i = 0; i < 1000; i++) {
      const id = ids[i] as string;
      fold.events([lost('monitor'), lost('docker'), numbered({ id, action: 'pause', source })], 1e15);
    }
    expect(looked).toBe(2 * ids.length);
    expect(fold.containers().filter(({ uncertain }) => uncertain === true)).toHaveLength(4999);
  });
});
