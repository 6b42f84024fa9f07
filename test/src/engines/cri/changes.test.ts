import { describe, expect, it } from 'vitest';
import { changes } from '../../../../src/engines/cri/changes.ts';
import type { Item } from '../../../../src/engines/cri/item.ts';

const source = { engine: 'cri' };

function container(parts: Partial<Item> = {}): Item {
  return {
    ...{ type: 'container', id: 'c1', name: 'pod/web', image: 'box:1', labels: { app: 'web' }, leftOut: 0 },
    ...{ podId: 'p1', state: 'created', createdAt: 10n, startedAt: undefined, finishedAt: undefined },
    ...{ exitCode: undefined, reason: '' },
    ...parts,
  };
}
const running = container({ state: 'running', startedAt: 20n });
const exited = container({ state: 'exited', startedAt: 20n, finishedAt: 30n, exitCode: 3, reason: 'Error' });
const early: Item = { ...exited, finishedAt: 15n };
const failed = container({ state: 'exited', exitCode: 128, reason: 'StartError', finishedAt: 30n });
const unknown = container({ state: 'unknown', startedAt: 20n });
const ready = container({ type: 'pod', id: 'p1', state: 'running', startedAt: 10n });
const notReady: Item = { ...ready, state: 'exited' };

/** The events between two lists, the later of which is of 100. */
function between(before: Item | undefined, after: Item | undefined): string {
  const of = (item: Item | undefined): Map<string, Item> =>
    new Map(item === undefined ? [] : [[item.id, item]]);
  return changes(of(before), of(after), source, 100n)
    .map(({ timeNano, action, attributes }) => `${timeNano} ${action} ${attributes['exitCode'] ?? ''}`.trim())
    .join(', ');
}

describe('the differences of two lists', () => {
  it.each<[string, Item | undefined, Item | undefined, string]>([
    ['nothing', running, running, ''],
    ['a creation', undefined, container(), '10 create'],
    ['a creation and a start', undefined, running, '10 create, 20 start'],
    ['a whole run', undefined, exited, '10 create, 20 start, 30 die 3'],
    ['a run that ended before it began', undefined, early, '10 create, 20 start, 20 die 3'],
    ['an end before its beginning', running, early, '20 die 3'],
    ['a start', container(), running, '20 start'],
    ['a start and an end', container(), exited, '20 start, 30 die 3'],
    ['an end', running, exited, '30 die 3'],
    ['a start that failed, without a start', container(), failed, '30 die 128'],
    ['a removal', exited, undefined, '100 destroy'],
    ['the removal of one that ran', running, undefined, '100 die, 100 destroy'],
    ['nothing of one that is not known for a while', running, unknown, ''],
    ['nothing of one that is known again', unknown, running, ''],
    ['the end of one that was not known', unknown, exited, '30 die 3'],
    ['a pod', undefined, ready, '10 create, 10 start'],
    ['the end of a pod', ready, notReady, '100 stop'],
    ['the removal of a pod', ready, undefined, '100 stop, 100 destroy'],
  ])('are %s', (_, before, after, expected) => {
    expect(between(before, after)).toBe(expected);
  });

  it('are marked, with labels, image and pod', () => {
    const [event] = changes(new Map([['c1', running]]), new Map([['c1', exited]]), source, 100n);
    expect(event).toMatchObject({
      ...{ timeNano: 30n, type: 'container', action: 'die', id: 'c1', name: 'pod/web', source },
      attributes: {
        ...{ app: 'web', image: 'box:1', name: 'pod/web', podId: 'p1' },
        ...{ exitCode: '3', reason: 'Error', reconciled: 'true' },
      },
    });
  });
});
