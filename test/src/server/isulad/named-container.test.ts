import { describe, expect, it } from 'vitest';
import type { ContainerState } from '../../../../operators/container-state.ts';
import { createStateTable } from '../../../../operators/state-table.ts';
import { createCollector } from '../../../../src/collector/collector.ts';
import { findContainer } from '../../../../src/handlers/find-container.ts';
import { findKnown, lookUp } from '../../../../src/server/isulad/named-container.ts';
import { events } from '../../../support/events.ts';
import { contextOf } from '../../../support/http-server.ts';

function setUp(count: number) {
  const collector = createCollector();
  collector.append(events(count));
  const context = contextOf(collector);
  const ask = (name: string): Promise<boolean> =>
    new Promise((resolve) => lookUp(context, 'test', name, resolve));
  return { collector, context, ask };
}

describe('findKnown', () => {
  const id = '3277'.repeat(16);
  const web = { id, name: 'web', engine: 'docker', state: 'running' } as ContainerState;
  const other = { ...web, id: `32${'0'.repeat(62)}`, name: 'other' };
  const named = { ...web, id: 'ef'.repeat(32), name: '32' };
  const gone = { ...web, id: 'b'.repeat(64), name: 'old', state: 'removed' as const };
  const find = (name: string, states = [gone, web, other]): string | undefined =>
    findKnown({ containers: { cursor: '', states: createStateTable({ seed: states }) } }, name)?.id;

  it('finds a container by name, id and the beginning of its id that only one has', () => {
    for (const name of ['web', id, id.slice(0, 12), '327']) expect(find(name)).toBe(id);
    for (const name of ['we', 'old', 'b', '', gone.id]) expect(find(name)).toBeUndefined();
    expect(() => find('32')).toThrow('Multiple IDs found with provided prefix: 32');
    expect(find('32', [web, other, named])).toBe(named.id);
  });
});

it('looks at none of the other containers', () => {
  const states = createStateTable({ seed: [{ id: 'c1', name: 'web', state: 'running' } as ContainerState] });
  const untouchable = Object.create(states, {
    [Symbol.iterator]: { value: () => expect.fail('all were looked at') },
  }) as typeof states;
  for (const name of ['web', 'c1']) {
    expect(findKnown({ containers: { cursor: '', states: untouchable } }, name)?.name).toBe('web');
    expect(findContainer(untouchable, name)?.name).toBe('web');
  }
  expect(findContainer(untouchable, 'nobody')).toBeUndefined();
});

describe('lookUp', () => {
  it('knows the container of an event in memory', async () => {
    const { ask, collector } = setUp(20_000);
    expect(await ask('e0')).toBe(true);
    expect(await ask('e19999')).toBe(true);
    expect(await ask('e20000')).toBe(false);
    expect(collector.status.subscriptions).toBe(0);
  });

  it('can be given up', async () => {
    const { ask, collector, context } = setUp(20_000);
    let answered = false;
    const giveUp = lookUp(context, 'test', 'e19999', () => (answered = true));
    giveUp();
    expect(collector.status.subscriptions).toBe(0);
    await ask('e19999');
    expect(answered).toBe(false);
  });

  it('lets others have their turns', async () => {
    const { ask } = setUp(100_000);
    let turns = 0;
    const count = (): void => {
      turns++;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    await ask('nobody');
    clearImmediate(next);
    expect(turns).toBeGreaterThan(5);
  });
});
