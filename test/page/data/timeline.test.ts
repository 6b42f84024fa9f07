import { describe, expect, it } from 'vitest';
import type { ContainerState } from '../../../operators/container-state.ts';
import type { PageEvent } from '../../../page/data/event.ts';
import type { Bar, Lane } from '../../../page/data/lanes.ts';
import { createTimeline } from '../../../page/data/timeline.ts';
import { marbles } from '../../support/marbles.ts';
import { at } from '../support.ts';

const plain = ({ start, end, endSeen, death }: Bar): unknown => [
  start,
  end,
  endSeen,
  death && [death.fate, death.alarming, death.summary],
];

/** The lanes after these events: names with their runs. */
function lanesOf(events: readonly PageEvent[]): readonly Lane[] {
  const timeline = createTimeline(() => undefined);
  for (const event of events) timeline.add(event);
  timeline.complete();
  return [...timeline.lanes.all];
}

const runsOf = (events: readonly PageEvent[]): unknown => lanesOf(events)[0]?.bars.map(plain);

describe('runs', () => {
  it('are bars with the cause of their end', () => {
    expect(
      runsOf([
        at(1000, 'start'),
        at(1500, 'oom'),
        at(1510, 'die', { attributes: { exitCode: '137' } }),
        at(2000, 'start'),
        at(2500, 'kill', { attributes: { signal: '15' } }),
        at(2600, 'die', { attributes: { exitCode: '0' } }),
        at(3000, 'start'),
        at(4000, 'die', { attributes: { exitCode: '2' } }),
        at(5000, 'start'),
      ]),
    ).toEqual([
      [1000, 1510, true, ['oom', true, 'out of memory after 0.5 s']],
      [2000, 2600, true, ['asked', false, expect.stringContaining('on request')]],
      [3000, 4000, true, ['failed', true, 'exit 2 after 1 s']],
      [5000, undefined, false, undefined],
    ]);
  });

  it('change their sign when a later event explains the death', () => {
    const died = at(2000, 'die', { attributes: { exitCode: '137' } });
    const kill = at(2100, 'kill', { attributes: { signal: '9' } });
    const [before] = lanesOf([at(1000, 'start'), died]);
    expect([before?.alarms, before?.bars[0]?.death?.alarming]).toEqual([1, true]);
    const [after] = lanesOf([at(1000, 'start'), died, kill]);
    expect(after?.bars.map(plain)).toEqual([[1000, 2000, true, ['killed', false, 'on request (SIGKILL)']]]);
    expect(after?.alarms).toBe(0);
    // A later run keeps its own.
    const [later] = lanesOf([at(1000, 'start'), died, at(2050, 'start'), kill]);
    expect([later?.alarms, later?.bars.length]).toEqual([1, 2]);
  });

  it('have no start if it was before the events', () => {
    expect(runsOf([at(4000, 'die', { attributes: { exitCode: '0' } })])).toEqual([
      [undefined, 4000, true, ['finished', false, 'exit 0']],
    ]);
  });

  it('end unseen at a removal, or at the next start', () => {
    expect(runsOf([at(1000, 'start'), at(2000, 'start'), at(3000, 'destroy')])).toEqual([
      [1000, 2000, false, undefined],
      [2000, 3000, false, undefined],
    ]);
  });

  it('of two engines with equal ids are apart', () => {
    const other = { source: { engine: 'podman' } };
    const lanes = lanesOf([at(1, 'start'), at(2, 'start', other), at(3, 'die')]);
    expect(lanes.map(({ engine, bars }) => [engine, bars.map(({ end }) => end)])).toEqual([
      ['docker', [3]],
      ['podman', [undefined]],
    ]);
  });

  it('show health and pauses', () => {
    const [lane] = lanesOf([
      at(1000, 'start'),
      at(2000, 'health_status: healthy'),
      at(3000, 'health_status: unhealthy'),
      at(4000, 'pause'),
      at(5000, 'unpause'),
      at(6000, 'health_status: healthy'),
    ]);
    expect(lane?.bars[0]?.health).toEqual([
      { at: 2000, health: 'healthy' },
      { at: 3000, health: 'unhealthy' },
      { at: 6000, health: 'healthy' },
    ]);
    expect(lane?.bars[0]?.pauses).toEqual([{ from: 4000, to: 5000 }]);
  });

  it('that were running before come from a list', () => {
    const timeline = createTimeline(() => undefined);
    const state: ContainerState = {
      ...{ id: 'id-db', engine: 'docker', name: 'db', state: 'running', labels: {}, restarts: 0 },
      ...{ oomKilled: false, startedAt: '500000000' },
    };
    timeline.seed([state, { ...state, id: 'id-old', name: 'old', state: 'exited' }]);
    timeline.add(at(2000, 'die', { name: 'db', attributes: { exitCode: '0' } }));
    const lanes = [...timeline.lanes.all].map(({ name, bars }) => [name, bars.map(plain)]);
    expect(lanes).toEqual([['db', [[500, 2000, true, ['finished', false, 'exit 0']]]]]);
  });
});

describe('crash loops', () => {
  const crash = (ms: number): readonly PageEvent[] => [
    at(ms, 'start'),
    at(ms + 500, 'die', { attributes: { exitCode: '1' } }),
  ];

  it(
    'grow with each death, and end by the clock',
    marbles(({ flush, expectObservable, cold }, scheduler) => {
      const timeline = createTimeline(() => undefined, scheduler);
      for (const event of [0, 1000, 2000, 3000].flatMap(crash)) timeline.add(event);
      const [lane] = timeline.lanes.all;
      const loop = { from: 500, to: 3500, deaths: 4 };
      expect(lane?.loops).toEqual([{ ...loop, over: false }]);
      // Two minutes pass without another death.
      expectObservable(cold('120001ms (a|)')).toBe('120001ms (a|)');
      flush();
      expect(lane?.loops).toEqual([{ ...loop, over: true }]);
    }),
  );
});

describe('groups', () => {
  it('are compose projects, pods, or engines', () => {
    const groups = lanesOf([
      at(1, 'start', { name: 'a', attributes: { 'com.docker.compose.project': 'shop' } }),
      at(2, 'start', { name: 'b', attributes: { 'io.kubernetes.pod.name': 'web-0' } }),
      at(3, 'start', { name: 'c', source: { engine: 'podman' } }),
    ]).map(({ name, group }) => [name, group]);
    expect(groups).toEqual([
      ['a', 'shop'],
      ['b', 'web-0'],
      ['c', 'podman'],
    ]);
  });
});
