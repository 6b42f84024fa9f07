import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStateTable, type StateTableOptions } from '../../operators/state-table.ts';
import { type ContainerState, foldState } from '../../operators/container-state.ts';
import { event } from '../support/events.ts';

const happened = (id: string, action: string, engine = 'test'): ReturnType<typeof event> =>
  event({ id, name: id, action, source: { engine } });

/** `a:running` … in the table's order. */
const brief = (states: Iterable<ContainerState>): string =>
  [...states].map(({ id, state }) => `${id}:${state}`).join(' ');

describe('a table of states', () => {
  it('tells what an event changed, and nothing when it changed nothing', () => {
    const table = createStateTable();
    expect(brief(table.fold(happened('a', 'start')))).toBe('a:running');
    expect(brief(table.fold(happened('a', 'top')))).toBe('');
    expect(brief(table.fold(event({ type: 'network', action: 'create' })))).toBe('');
    expect(brief(table.fold(happened('a', 'die')))).toBe('a:exited');
    expect(table.size).toBe(1);
    expect(table.get('a')?.state).toBe('exited');
    expect(table.get('b')).toBeUndefined();
  });

  it('keeps the same id of two engines apart', () => {
    const table = createStateTable();
    table.fold(happened('a', 'start', 'docker'));
    table.fold(happened('a', 'destroy', 'containerd'));
    expect(table.get('a', 'docker')?.state).toBe('running');
    expect(table.get('a', 'containerd')?.state).toBe('removed');
    expect(table.get('a')?.engine).toBe('docker');
    expect(table.get('a', 'podman')).toBeUndefined();
  });

  it('gives removed ones first, then ended ones, then those that run, each by their last change', () => {
    const table = createStateTable();
    for (const id of ['a', 'b', 'c', 'd', 'e']) table.fold(happened(id, 'start'));
    for (const id of ['c', 'a']) table.fold(happened(id, 'die'));
    table.fold(happened('e', 'destroy'));
    table.fold(happened('b', 'pause'));
    expect(brief(table)).toBe('e:removed c:exited a:exited d:running b:paused');
  });

  it('takes in what an engine says', () => {
    const table = createStateTable();
    table.fold(happened('a', 'start'));
    const listed: ContainerState = {
      id: 'a',
      engine: 'test',
      state: 'dead',
      labels: {},
      restarts: 0,
      oomKilled: false,
    };
    expect(table.set(listed)).toEqual([listed]);
    expect(table.get('a')).toBe(listed);
  });

  it('forgets removed ones first, then ended ones, and tells which that still are', () => {
    const table = createStateTable({ limit: 3 });
    table.fold(happened('a', 'start'));
    table.fold(happened('b', 'die'));
    table.fold(happened('c', 'destroy'));
    expect(brief(table.fold(happened('d', 'start')))).toBe('d:running');
    expect(brief(table.fold(happened('e', 'start')))).toBe('e:running b:unknown');
    expect(brief(table.fold(happened('f', 'start')))).toBe('f:running a:unknown');
    expect(brief(table)).toBe('d:running e:running f:running');
  });

  it('remembers some removed ones, so that what comes late brings none back', () => {
    const table = createStateTable({ removed: 1 });
    table.fold(happened('a', 'remove'));
    expect(brief(table.fold(happened('a', 'died')))).toBe('a:removed');
    table.fold(happened('b', 'remove'));
    expect(brief(table)).toBe('b:removed');
  });

  it('equals a list with a limit, and continues from a snapshot unchanged', () => {
    const step = fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      action: fc.constantFrom('create', 'start', 'die', 'destroy', 'pause', 'stop', 'oom', 'top', 'rename'),
    });
    const rank = ({ state }: ContainerState): number =>
      state === 'removed' ? 0 : state === 'running' || state === 'paused' ? 2 : 1;
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(3),
        fc.nat(60),
        (steps, limit, removed, at) => {
          let model: ContainerState[] = [];
          let table = createStateTable({ limit, removed });
          steps.forEach(({ id, action }, n) => {
            if (n === at) {
              const seed = JSON.parse(JSON.stringify([...table])) as ContainerState[];
              table = createStateTable({ limit, removed, seed });
            }
            const one = { ...happened(id, action), timeNano: BigInt(n) };
            const before = model.find((each) => each.id === id);
            const after = foldState(before, one);
            if (after !== undefined && after !== before) {
              model = [...model.filter((each) => each !== before), after].sort((x, y) => rank(x) - rank(y));
              if (model.filter((each) => rank(each) === 0).length > removed) model.shift();
              if (model.length > limit) model.shift();
            }
            table.fold(one);
            expect([...table]).toEqual(model);
            expect(table.size).toBe(model.length);
          });
        },
      ),
    );
  });

  it.each<[StateTableOptions, string]>([
    [{ limit: 0 }, 'invalid limit 0: a whole number, 1 or more'],
    [{ limit: NaN }, 'invalid limit NaN: a whole number, 1 or more'],
    [{ removed: -1 }, 'invalid removed -1: a whole number, 0 or more'],
  ])('refuses %o', (options, message) => {
    expect(() => createStateTable(options)).toThrow(new RangeError(message));
  });
});

describe('the labels that a table holds', () => {
  it('are bounded: the oldest states make room, and one stays however long its labels are', () => {
    const table = createStateTable({ characters: 1000 });
    const start = (id: string, length: number) =>
      event({ id, name: id, action: 'start', attributes: { label: 'x'.repeat(length) } });
    for (const id of ['a', 'b', 'c']) table.fold(start(id, 400));
    expect([...table].map(({ id }) => id)).toEqual(['b', 'c']);
    const changed = table.fold(start('d', 5000));
    expect(changed.map(({ id, state }) => `${id} ${state}`)).toEqual(['d running', 'b unknown', 'c unknown']);
    expect([...table].map(({ id }) => id)).toEqual(['d']);
  });
});
