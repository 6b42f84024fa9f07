import { describe, expect, it } from 'vitest';
import type { ContainerState } from '../../../operators/container-state.ts';
import { reconcile } from '../../../src/engines/reconcile.ts';
import type { IncomingEvent } from '../../../src/event.ts';

const source = { engine: 'docker', id: 'A1' };
/** The last event before the hole was at 100, the list is of 200. */
const context = { source, position: 100n, listedAt: 200n };

function state(parts: Partial<ContainerState> = {}): ContainerState {
  return {
    ...{ id: 'c1', engine: 'docker', name: 'web', image: 'bb:1', state: 'running' },
    ...{ labels: {}, restarts: 0, oomKilled: false },
    ...parts,
  };
}

const brief = (events: readonly IncomingEvent[]): string =>
  events
    .map(({ timeNano, action, attributes }) => `${timeNano} ${action} ${attributes['exitCode'] ?? ''}`.trim())
    .join(', ');

function between(before: ContainerState | undefined, now: ContainerState | undefined): string {
  const known = new Map(before === undefined ? [] : [[before.id, before]]);
  return brief(reconcile(known, now === undefined ? [] : [{ state: now }], context));
}

const exited = { state: 'exited', startedAt: '50', finishedAt: '150', exitCode: 3 } as const;

describe('reconciling with a list', () => {
  it.each<[string, ContainerState | undefined, ContainerState | undefined, string]>([
    ['nothing', state(), state(), ''],
    ['an end', state(), state(exited), '150 die 3'],
    ['a removal of one that ran', state(), undefined, '200 die, 200 destroy'],
    ['a removal', state({ state: 'exited' }), undefined, '200 destroy'],
    ['no second removal', state({ state: 'removed' }), undefined, ''],
    ['a start', state({ state: 'created' }), state({ startedAt: '120' }), '120 start'],
    ['a new run', state(), state({ startedAt: '120', finishedAt: '115' }), '115 die, 120 start'],
    ['a new run by its pid', state({ pid: 1 }), state({ pid: 2, startedAt: '90' }), '90 die, 90 start'],
    [
      'a run and its end',
      state({ state: 'exited' }),
      state({ ...exited, startedAt: '120' }),
      '120 start, 150 die 3',
    ],
    ['two ends', state(), state({ ...exited, startedAt: '120' }), '120 die, 120 start, 150 die 3'],
    [
      'a run and its end, where no start is stated',
      state({ state: 'created' }),
      state({ state: 'exited', finishedAt: '150', exitCode: 0 }),
      '150 start, 150 die 0',
    ],
    ['no second end, where times are not in order', state(exited), state(exited), ''],
    ['a pause', state(), state({ state: 'paused' }), '200 pause'],
    ['the end of a pause', state({ state: 'paused' }), state(), '200 unpause'],
    ['a rename', state(), state({ name: 'shop' }), '200 rename'],
    ['a creation', undefined, state({ createdAt: '110', startedAt: '120' }), '110 create, 120 start'],
    ['none of one that is older', undefined, state({ createdAt: '90', startedAt: '120' }), ''],
    ['an end where the run is not known', state({ state: 'unknown' }), state(exited), '150 die 3'],
    ['no end of which an event came', state({ ...exited, finishedAt: '151' }), state(exited), ''],
    ['no start of which an event came', state({ startedAt: '121' }), state({ startedAt: '120' }), ''],
    ['no end that was before', state({ state: 'unknown' }), state({ ...exited, finishedAt: '90' }), ''],
  ])('finds %s', (_, before, now, expected) => {
    expect(between(before, now)).toBe(expected);
  });

  it('tells what the list states, marked, and a label cannot forge the mark', () => {
    const now = state({ ...exited, labels: { tier: 'web', reconciled: 'no' } });
    expect(reconcile(new Map([['c1', state()]]), [{ state: now }], context)).toEqual([
      {
        timeNano: 150n,
        type: 'container',
        action: 'die',
        id: 'c1',
        name: 'web',
        attributes: {
          ...{ tier: 'web', 'label.reconciled': 'no', image: 'bb:1', name: 'web' },
          ...{ exitCode: '3', reconciled: 'true' },
        },
        source,
      },
    ]);
  });
});
