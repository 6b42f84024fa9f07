import { expect, it } from 'vitest';
import { ContainerCounts } from '../../../../src/server/watch/container-counts.ts';
import { event } from '../../../support/events.ts';

it('continues the counts of a name after its container is created again', () => {
  const counts = new ContainerCounts();
  for (const id of ['a', 'b']) {
    for (const action of ['create', 'start', 'oom', 'die', 'start', 'die', 'destroy'])
      counts.add(event({ id, name: 'web', action }));
  }
  const source = event().source.engine;
  expect([...counts.all]).toEqual([{ engine: source, name: 'web', deaths: 4, ooms: 2, restarts: 3 }]);
});

it('has no counts for names that have not died, and none for other types', () => {
  const counts = new ContainerCounts();
  counts.add(event({ name: 'web', action: 'start' }));
  counts.add(event({ type: 'network', name: 'web', action: 'die' }));
  expect([...counts.all]).toEqual([]);
});

it('counts names beyond the first 500, and unprintable ones, as other', () => {
  const counts = new ContainerCounts();
  counts.add(event({ name: 'a"b\n', action: 'die' }));
  for (let i = 0; i < 600; i++) counts.add(event({ name: `n${i}`, action: 'die' }));
  const all = [...counts.all];
  expect(all.length).toBe(501);
  expect(all.find(({ name }) => name === 'other')?.deaths).toBe(101);
});
