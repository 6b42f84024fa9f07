import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type ContainerState, StateRecord } from '../../operators/container-state.ts';
import { parseNamePattern } from '../../operators/name-pattern.ts';
import { createStateTable, type StateTable } from '../../operators/state-table.ts';
import { event } from '../support/events.ts';

/** Ids that share their first digits, ids that are shorter, and ids that are names. */
const IDS = [
  'aaaaaaaaaaaa',
  'aaaaaaaaaaaa1',
  `aaaaaaaaaaaa${'2'.repeat(52)}`,
  `aaaaaaaaaaab${'2'.repeat(52)}`,
  'aaaaaaaaaaaa-x',
  'aaaaaaaaaaa',
  'AAAAAAAAAAAAB',
  'web',
  'db',
];
const TEXTS = [...IDS, ...IDS.map((id) => id.toUpperCase()), 'aaaaaaaaaaaa2', 'cache', 'aaaaaaaaaaaac', ''];

/** The result of testing the name or id of each state. */
function scan(table: StateTable, text: string): readonly ContainerState[] {
  if (text === '') return [];
  const { matches } = parseNamePattern(text);
  return [...table].filter(matches);
}

const isThere = ({ state }: ContainerState): boolean => state !== 'removed';

const sorted = (states: Iterable<ContainerState>): readonly string[] =>
  [...states].map((state) => JSON.stringify(state)).sort();

function tally(states: Iterable<ContainerState>): readonly string[] {
  const counts = new Map<string, number>();
  for (const { engine, state } of states) {
    const key = `${engine} ${state}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => `${key} ${count}`).sort();
}

describe('the index of a table of states', () => {
  const step = fc.record({
    id: fc.constantFrom(...IDS),
    name: fc.constantFrom(undefined, 'web', 'db', 'aaaaaaaaaaaac', 'cache'),
    engine: fc.constantFrom('docker', 'podman'),
    action: fc.constantFrom('create', 'start', 'die', 'destroy', 'rename', 'pause'),
    listed: fc.boolean(),
  });

  it('finds what a look at all finds, and counts as many, whatever happens', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(3),
        fc.nat(40),
        (steps, limit, removed, at) => {
          const table = createStateTable({ limit, removed });
          steps.forEach(({ id, name, engine, action, listed }, n) => {
            const one = event({ id, name, action, source: { engine }, timeNano: BigInt(n) });
            const before = table.get(id, engine);
            if (listed && before !== undefined) table.set({ ...before, state: 'exited', name: name ?? 'db' });
            else table.fold(one);
            // The index is made when it is asked for first.
            if (n < at) return;
            for (const text of TEXTS) {
              const found = [...table.lookup(text)];
              expect(sorted(found)).toEqual(sorted(scan(table, text)));
              // Those that are there first, and of those removed the last one last.
              expect(found.map(isThere)).toEqual(found.map(isThere).sort((x, y) => Number(y) - Number(x)));
              const gone = (state: ContainerState): boolean => !isThere(state);
              expect(found.findLast(gone)).toBe(scan(table, text).findLast(gone));
            }
            const counts = [...table.counts()].map((each) => `${each.engine} ${each.state} ${each.count}`);
            expect(counts.sort()).toEqual(tally(table));
          });
        },
      ),
    );
  });

  it('looks at no other container', () => {
    const table = createStateTable();
    for (let i = 0; i < 5000; i++) {
      const id = i.toString(16).padStart(12, '0').padEnd(64, 'f');
      table.take(event({ id, name: `web-${i}`, action: 'start' }));
    }
    expect([...table.lookup('nobody')]).toEqual([]);
    const views = vi.spyOn(StateRecord.prototype, 'view');
    const id = `${'0'.repeat(9)}3e8`;
    for (const text of ['web-1000', id, id.padEnd(64, 'f')]) {
      expect([...table.lookup(text)].map(({ name }) => name)).toEqual(['web-1000']);
    }
    expect(views).toHaveBeenCalledTimes(3);
    views.mockRestore();
  });

  it('has a version that changes with every change, and with nothing else', () => {
    const table = createStateTable();
    const versions = ['start', 'top', 'die', 'die'].map((action) => {
      table.fold(event({ id: 'a', action }));
      return table.version;
    });
    expect(versions).toEqual([1, 1, 2, 2]);
    table.set({ id: 'a', state: 'dead', labels: {}, restarts: 0, oomKilled: false });
    expect(table.version).toBe(3);
  });
});
