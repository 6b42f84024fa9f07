import { describe, expect, it } from 'vitest';
import { type ContainerState, foldState } from '../../operators/container-state.ts';
import type { IncomingEvent } from '../../src/event.ts';
import { event } from '../support/events.ts';

type What = string | [action: string, attributes?: Record<string, string>, parts?: Partial<IncomingEvent>];

/** The state after these, a nanosecond apart, the first at 1. */
function after(whats: readonly What[], state?: ContainerState): ContainerState | undefined {
  whats.forEach((what, i) => {
    const [action, attributes = {}, parts = {}] = typeof what === 'string' ? [what] : what;
    const happened = event({ id: 'c1', action, attributes, timeNano: BigInt(i + 1), ...parts });
    state = foldState(state, happened);
  });
  return state;
}

const phase = (...whats: What[]): string | undefined => after(whats)?.state;

const die = (exitCode: number): What => ['die', { exitCode: String(exitCode) }];

describe('the state of a container', () => {
  it('refers to the labels of a description, which events and tables share', () => {
    const create = event({ action: 'create', attributes: Object.freeze({ image: 'busybox', team: 'a' }) });
    const labels = foldState(undefined, create)?.labels;
    expect(labels).toEqual({ team: 'a' });
    expect(foldState(undefined, create)?.labels).toBe(labels);
  });

  it('is not changed by the end of another run, nor by a name that equals the id', () => {
    const running = after([['start', { pid: '7' }]]);
    expect(after([['die', { pid: '6', exitCode: '1', stale: 'true' }]], running)).toBe(running);
    expect(after([['pause', {}, { name: 'c1' }]], running)?.name).toBe('web');
  });

  it('has everything that a run tells', () => {
    const image = { image: 'busybox', tier: 'front' };
    expect(after([['create', image], 'attach', ['start', { ...image, pid: '42' }]])).toEqual({
      id: 'c1',
      engine: 'test',
      name: 'web',
      image: 'busybox',
      state: 'running',
      labels: { tier: 'front' },
      pid: 42,
      createdAt: '1',
      startedAt: '3',
      restarts: 0,
      oomKilled: false,
    });
    expect(after([['create', image], ['start', { ...image, pid: '42' }], 'oom', die(137), 'stop'])).toEqual({
      id: 'c1',
      engine: 'test',
      name: 'web',
      image: 'busybox',
      state: 'exited',
      labels: { tier: 'front' },
      exitCode: 137,
      createdAt: '1',
      startedAt: '2',
      finishedAt: '4',
      restarts: 0,
      stopRequested: true,
      oomKilled: true,
    });
  });

  it.each<[string, What[]]>([
    ['created', ['create']],
    ['created', ['create', 'attach', 'starting', 'init']],
    ['running', ['create', 'start']],
    ['running', ['create', 'starting', 'running', 'start']],
    ['running', ['start', 'pause', 'unpause']],
    ['running', ['start', 'freezing', 'frozen', 'thawed']],
    ['running', ['start', 'stopping', 'aborting']],
    ['running', ['start', 'kill', die(137), 'stop', 'start', 'restart']],
    ['running', ['start', 'restart', 'died', 'init', 'start']],
    ['running', ['start', die(0), 'restart']],
    ['running', ['start', 'exec_create: sh -c exit', ['exec_die', { exitCode: '3' }]]],
    ['paused', ['start', 'pause']],
    ['paused', ['start', 'paused']],
    ['paused', ['start', 'frozen']],
    ['paused', ['start', 'paused1']],
    ['restarting', ['start', die(1), 'restarting']],
    ['exited', ['start', die(0)]],
    ['exited', ['start', 'stop', 'died', 'cleanup']],
    ['exited', ['start', 'stop']],
    ['exited', ['start', 'exit']],
    ['created', ['create', 'stop']],
    ['dead', ['start', die(1), 'dead']],
    ['removed', ['start', die(0), 'destroy']],
    ['removed', ['start', 'remove', 'died']],
    ['removed', ['start', 'delete', 'stop']],
    ['created', ['start', die(0), 'destroy', 'create']],
    ['unknown', ['attach']],
    ['unknown', ['rename']],
    ['unknown', ['some-future-action']],
    ['unknown', ['toString']],
    ['running', ['exec_create: ls']],
    ['running', ['exec_start: ls']],
    ['running', ['health_status: healthy']],
    ['running', ['kill']],
    ['running', ['oom']],
    ['running', ['top']],
    ['exited', [die(0), 'kill']],
  ])('is %s after %j', (expected, whats) => {
    expect(phase(...whats)).toBe(expected);
  });

  it('has the exit code of the last run once that has ended, and when one ended last', () => {
    const state = after(['start', die(1), 'start', 'stop', ['died', { containerExitCode: '-1' }]]);
    expect(state).toMatchObject({ exitCode: -1, startedAt: '3', finishedAt: '5', restarts: 1 });
    expect(after(['start', die(1), 'start'])).toMatchObject({ finishedAt: '2' });
    expect(after(['start', die(1), 'start'])).not.toHaveProperty('exitCode');
    expect(after(['start', die(1), 'start', 'die'])).not.toHaveProperty('exitCode');
    expect(after(['start', ['die', { exitCode: 'many' }]])).not.toHaveProperty('exitCode');
    expect(after(['start', die(3), ['exec_die', { exitCode: '4' }]])).toMatchObject({ exitCode: 3 });
  });

  it('has a pid while its process runs', () => {
    const start: What = ['start', { pid: '42' }];
    expect(after([start])).toMatchObject({ pid: 42 });
    expect(after([start, 'restart'])).toMatchObject({ pid: 42 });
    expect(after([['running', { pid: '42' }], 'start'])).toMatchObject({ pid: 42, startedAt: '2' });
    for (const end of ['die', 'stop', 'destroy']) expect(after([start, end])).not.toHaveProperty('pid');
    expect(after([['start', { pid: '-1' }]])).not.toHaveProperty('pid');
  });

  it.each<[number, ...What[]]>([
    [0, 'start', ['kill', { signal: '15' }], die(0), 'stop', 'start'],
    [0, 'start', ['kill', { signal: 'SIGKILL' }], die(137), 'start'],
    [0, 'start', 'kill', 'died', 'start'],
    [0, 'start', 'stop', 'died', 'start'],
    [0, 'start', ['kill', { signal: '15' }], die(0), 'stop', 'start', 'restart'],
    [0, 'start', ['kill', { signal: '10' }], die(0), 'stop', 'start'],
    [1, 'start', ['kill', { signal: '1' }], die(1), 'start'],
    [1, 'start', die(1), ['kill', { signal: '9' }], 'start'],
    [1, 'start', 'stop', 'died', 'start', die(1), 'start'],
  ])('counts no start that follows a requested end: %i', (restarts, ...whats) => {
    const state = after(whats);
    expect(state).toMatchObject({ restarts });
    expect(state).not.toHaveProperty('stopRequested');
    // Continues from the saved state.
    const saved = JSON.parse(JSON.stringify(after(whats.slice(0, -1)))) as ContainerState;
    expect(after(whats.slice(-1), saved)).toMatchObject({ restarts });
  });

  it('counts restarts: starts after an end', () => {
    expect(after(['start', die(1), 'start', die(1), 'start'])).toMatchObject({ restarts: 2 });
    expect(after(['start', die(1), 'running', 'start', 'restart'])).toMatchObject({ restarts: 1 });
    expect(after(['start', die(1), 'start', die(1), 'destroy', 'create', 'start'])).toMatchObject({
      restarts: 0,
    });
  });

  it('knows whether the kernel killed a process of the last run', () => {
    expect(after(['start', 'oom', die(137)])).toMatchObject({ oomKilled: true });
    expect(after(['start', 'oom', die(137), 'start'])).toMatchObject({ oomKilled: false });
    expect(after(['start', 'oom', 'restart'])).toMatchObject({ oomKilled: true });
  });

  it('has a health once one was reported', () => {
    expect(after(['start'])).not.toHaveProperty('health');
    expect(after(['start', 'health_status: healthy'])).toMatchObject({ health: 'healthy' });
    expect(after(['start', ['health_status', { health_status: 'unhealthy' }]])).toMatchObject({
      health: 'unhealthy',
    });
    expect(after(['start', 'health_status: healthy', die(0), 'start'])).toMatchObject({ health: 'starting' });
    expect(after(['start', 'health_status: great'])).not.toHaveProperty('health');
  });

  it('has the latest name', () => {
    const renamed: What = ['rename', { oldName: '/web' }, { name: 'new-web' }];
    expect(after(['start', renamed])).toMatchObject({ name: 'new-web' });
    expect(after(['start', renamed, ['die', {}, { name: undefined }]])).toMatchObject({ name: 'new-web' });
    expect(after([['start', { name: 'of-attributes' }, { name: undefined }]])).toMatchObject({
      name: 'of-attributes',
    });
  });

  it('has the labels that some event stated, and nothing that an event says of itself', () => {
    expect(after([['start', { a: '1', exitCode: '0', signal: '9', execID: 'x' }]])?.labels).toEqual({
      a: '1',
    });
    expect(after([['kill', { a: '1' }]])?.labels).toEqual({ a: '1' });
    expect(after([['start', { a: '1' }], die(0)])?.labels).toEqual({ a: '1' });
    expect(
      after([
        ['start', { a: '1' }],
        ['die', { extra: 'x' }],
      ])?.labels,
    ).toEqual({ a: '1' });
    expect(
      after([
        ['start', { a: '1' }],
        ['update', { a: '1', b: '2' }],
      ])?.labels,
    ).toEqual({ a: '1', b: '2' });
    const nasty = Object.fromEntries([['__proto__', 'x']]);
    expect(Object.keys(after([['start', nasty]])?.labels ?? {})).toEqual(['__proto__']);
  });

  it('adds the labels of engines that state some of them, and replaces those of others', () => {
    const labels = (engine: string): unknown =>
      after([
        ['create', { a: '1' }, { source: { engine } }],
        ['update', { b: '2' }, { source: { engine } }],
      ])?.labels;
    expect(['monitor', 'isulad', 'docker'].map(labels)).toEqual([
      { a: '1', b: '2' },
      { a: '1', b: '2' },
      { b: '2' },
    ]);
    const source = { engine: 'monitor' };
    const state = after([['create', { a: '1', b: '2' }, { source }]]);
    expect(after([['update', { b: '2' }, { source }]], state)).toBe(state);
  });

  it('is the very same when an event changes nothing', () => {
    const state = after([['start', { a: '1' }]]);
    expect(
      after([['kill', { signal: 'HUP' }], 'top', ['exec_start: x', { a: '1' }], 'some-future-action'], state),
    ).toBe(state);
    expect(
      after(
        [
          ['create', {}, { type: 'network' }],
          ['tag', {}, { type: 'image' }],
        ],
        state,
      ),
    ).toBe(state);
    expect(after([['start', {}, { id: '' }]])).toBeUndefined();
  });

  it('continues from an engine list, and survives JSON', () => {
    const listed: ContainerState = {
      id: 'c1',
      name: 'web',
      state: 'running',
      labels: {},
      pid: 7,
      restarts: 4,
      oomKilled: false,
    };
    const state = after(['pause', 'unpause', die(1), 'start'], listed);
    expect(state).toMatchObject({ state: 'running', restarts: 5, startedAt: '4' });
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(Object.values(state ?? {})).not.toContain(undefined);
  });
});
