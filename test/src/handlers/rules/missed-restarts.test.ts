import { describe, expect, it } from 'vitest';
import type { Inspected } from '../../../../src/engines/control.ts';
import { missedRestarts } from '../../../../src/handlers/rules/missed-restarts.ts';
import { parseRules } from '../../../../src/handlers/rules/load.ts';

function listed(name: string, restartPolicy: string | undefined, labels = {}): Inspected {
  return {
    state: {
      id: `id-${name}`,
      engine: 'docker',
      name,
      image: 'bb:1',
      state: 'running',
      labels,
      restarts: 0,
      oomKilled: false,
    },
    restartPolicy,
  };
}

describe('what a restart policy leaves to the engine', () => {
  it('is what it is about, and the engine restarts', () => {
    const rules = parseRules(`rules:
      - { name: keep, restart-policy: always, when: { name: 'web-*', filter: [image=bb, label=tier=front] } }
      - { name: all, restart-policy: 'no' }
      - { name: hook, run: x }`);
    const front = { tier: 'front' };
    const containers = [
      listed('web-1', 'always', front),
      listed('web-2', undefined, front),
      listed('web-3', 'always'),
      listed('db', 'on-failure:3', front),
    ];
    expect(missedRestarts(rules, { engine: 'docker' }, containers)).toEqual([
      { rule: 'keep', name: 'web-1', policy: 'always' },
      { rule: 'all', name: 'web-1', policy: 'always' },
      { rule: 'all', name: 'web-3', policy: 'always' },
      { rule: 'all', name: 'db', policy: 'on-failure:3' },
    ]);
  });
});
