import { describe, expect, it } from 'vitest';
import type { ContainerState } from '../../../operators/container-state.ts';
import { headlineOf } from '../../../page/data/headline.ts';
import { Model } from '../../../page/data/model.ts';
import { troubleOf } from '../../../page/data/trouble.ts';
import { explainRun } from '../../../page/data/why.ts';
import { wordsOf } from '../../../page/data/words.ts';
import { rowsOf, visible } from '../../../page/view/lane-rows.ts';
import { at, batch } from '../support.ts';

const die = (ms: number, name: string, exitCode: string): ReturnType<typeof at> =>
  at(ms, 'die', { name, attributes: { exitCode } });

function model(...events: readonly ReturnType<typeof at>[]): Model {
  const made = new Model();
  made.take(batch(...events));
  return made;
}

describe('the headline', () => {
  it('has the troubles of the period, the worst first', () => {
    const { timeline, gaps } = model(
      at(1000, 'start', { name: 'a' }),
      at(1000, 'start', { name: 'b' }),
      at(1000, 'start', { name: 'c' }),
      die(2000, 'a', '1'),
      at(2990, 'oom', { name: 'b' }),
      die(3000, 'b', '137'),
      at(3500, 'health_status: unhealthy', { name: 'c' }),
    );
    const { troubles, alarming, running, deaths } = headlineOf(timeline.lanes.all, gaps.all, 0, 5000);
    expect(troubles.map(({ kind, lane, text }) => [kind, lane?.name, text])).toEqual([
      ['oom', 'b', 'out of memory after 2 s'],
      ['death', 'a', 'exit 1 after 1 s'],
      ['unhealthy', 'c', 'unhealthy'],
    ]);
    expect([alarming, running, deaths]).toEqual([2, 1, { oom: 1, failed: 1 }]);
    expect(headlineOf(timeline.lanes.all, gaps.all, 2500, 3200).alarming).toBe(1);
  });

  it('states a crash loop once, not each of its deaths', () => {
    const { timeline } = model(
      ...[0, 1000, 2000, 3000].flatMap((ms) => [at(ms, 'start'), die(ms + 500, 'web', '1')]),
    );
    const { troubles, alarming } = headlineOf(timeline.lanes.all, [], 0, 5000);
    expect(troubles.map(({ kind, text }) => [kind, text])).toEqual([
      ['loop', 'crash loop, 4 deaths, not over'],
    ]);
    expect(alarming).toBe(4);
  });
});

describe('the rank of a container', () => {
  const state: ContainerState = {
    ...{ id: 'x', engine: 'docker', name: 'x', state: 'running', labels: {}, restarts: 0 },
    oomKilled: false,
  };
  const rank = (parts: Partial<ContainerState>): number => troubleOf({ ...state, ...parts }, undefined, 0);

  it('is higher with more trouble', () => {
    const ranks = [
      rank({ state: 'dead' }),
      rank({ state: 'exited', exitCode: 1 }),
      rank({ health: 'unhealthy' }),
      rank({ state: 'paused' }),
      rank({ restarts: 3 }),
      rank({}),
      rank({ state: 'exited', exitCode: 0 }),
    ];
    expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
    expect(new Set(ranks).size).toBe(ranks.length);
    expect(rank({ state: 'exited', exitCode: 143, stopRequested: true })).toBe(0);
  });
});

describe('the rows of the lanes', () => {
  const lanes = (): Model =>
    model(
      at(1, 'start', { name: 'b', attributes: { 'com.docker.compose.project': 'shop' } }),
      at(1, 'start', { name: 'a', attributes: { 'com.docker.compose.project': 'shop' } }),
      at(1, 'start', { name: 'c10' }),
      at(1, 'start', { name: 'c9' }),
      die(5, 'b', '1'),
    );
  const names = (filter: string, closed: readonly string[] = []): readonly string[] =>
    rowsOf(lanes().timeline.lanes, filter, new Set(closed)).rows.map((row) =>
      row.kind === 'group' ? `[${row.name}]` : row.lane.name,
    );

  it('are grouped, groups with alarms first, names in natural order', () => {
    expect(names('')).toEqual(['[shop]', 'a', 'b', '[docker]', 'c9', 'c10']);
    expect(names('', ['shop'])).toEqual(['[shop]', '[docker]', 'c9', 'c10']);
  });

  it('follow the names and engines of the filter', () => {
    expect(names('c* event=die')).toEqual(['[docker]', 'c9', 'c10']);
    expect(names('!a engine=docker')).toEqual(['[shop]', 'b', '[docker]', 'c9', 'c10']);
    expect(names('engine=podman')).toEqual([]);
  });

  it('are found by their place', () => {
    const rows = rowsOf(lanes().timeline.lanes, '', new Set());
    expect(visible(rows, 0, 30).map(({ y }) => y)).toEqual([0, 24]);
    expect(visible(rows, rows.height - 1, 100).length).toBeLessThanOrEqual(3);
  });
});

describe('words', () => {
  const words = (...args: Parameters<typeof at>): string => {
    const { verb, detail, tone } = wordsOf(at(...args), undefined);
    return `${tone}: ${verb} ${detail}`;
  };

  it('are those of the tail', () => {
    expect(words(1, 'start', { attributes: { image: 'nginx' } })).toBe('good: start nginx');
    expect(words(1, 'kill', { attributes: { signal: '9' } })).toBe('plain: kill signal 9');
    expect(words(1, 'health_status: unhealthy')).toBe('warning: unhealthy ');
    expect(words(1, 'exec_start: sh -c true')).toBe('quiet: exec_start sh -c true');
    expect(words(1, 'pull', { type: 'image', attributes: { name: 'nginx' } })).toBe(
      'quiet: image pull nginx',
    );
  });
});

describe('the explanation of a run', () => {
  it('comes from the events of the page', () => {
    const { events } = model(
      at(1000, 'start'),
      at(2000, 'start', { name: 'db' }),
      die(3000, 'web', '2'),
      at(3500, 'start', { source: { engine: 'podman' } }),
    );
    const found = explainRun(events.items, 'web', 'docker', 3_000_000_000n);
    expect(found?.death?.summary).toBe('exit 2 after 2 s');
    expect(found?.around.map(({ name }) => name)).toContain('db');
    expect(explainRun(events.items, 'nothing', 'docker', undefined)).toBeUndefined();
  });
});
