import { expect, it } from 'vitest';
import type { ContainerState } from '../../../operators/container-state.ts';
import { findContainer } from '../../../src/handlers/find-container.ts';

const state = (id: string, parts: Partial<ContainerState> = {}): ContainerState => ({
  ...{ id, engine: 'monitor', name: 'web', state: 'exited', labels: {}, restarts: 0, oomKilled: false },
  ...parts,
});

it('finds the later of two containers whose name was used again, where no removal is told', () => {
  const states = [state('a', { createdAt: '2' }), state('b', { createdAt: '10' }), state('c')];
  expect(findContainer(states, 'web')?.id).toBe('b');
  expect(findContainer(states, 'a')?.id).toBe('a');
});

it.each([
  ['of two engines', { engine: 'docker', createdAt: '9' }],
  ['of two identities', { engineId: 'x', createdAt: '9' }],
  ['created at the same time', { createdAt: '2' }],
])('refuses a name that several have: %s', (_, parts) => {
  const states = [state('a', { createdAt: '2' }), state('b', parts)];
  expect(() => findContainer(states, 'web')).toThrow('several containers are called "web"');
});
