import { describe, expect, it } from 'vitest';
import { readInspected } from '../../../../src/engines/docker/inspected.ts';

const NEVER = '0001-01-01T00:00:00Z';
const STARTED = '2026-11-20T03:00:00.000000042Z';
const ENDED = '2026-11-20T03:00:07.5Z';

/** As `GET /containers/{id}/json` has it, shortened. */
const CRASHED = {
  Id: 'b568',
  Created: '2026-11-20T02:59:59.1Z',
  Name: '/web',
  RestartCount: 3,
  State: {
    Status: 'exited',
    OOMKilled: true,
    Pid: 0,
    ExitCode: 137,
    StartedAt: STARTED,
    FinishedAt: ENDED,
    Health: { Status: 'unhealthy', Log: [] },
  },
  Config: { Image: 'bb:1', Labels: { app: 'web', ['__proto__']: 'p' } },
  HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 5 } },
};

const of = (state: object, rest: object = {}): ReturnType<typeof readInspected> =>
  readInspected({ ...CRASHED, State: { ...CRASHED.State, ...state }, ...rest }, 'docker');

describe('what Docker says of a container', () => {
  it('is a state', () => {
    expect(readInspected(JSON.parse(JSON.stringify(CRASHED)), 'docker')).toEqual({
      state: {
        id: 'b568',
        engine: 'docker',
        name: 'web',
        image: 'bb:1',
        state: 'exited',
        labels: { app: 'web', ['__proto__']: 'p' },
        exitCode: 137,
        createdAt: '1795143599100000000',
        startedAt: '1795143600000000042',
        finishedAt: '1795143607500000000',
        restarts: 3,
        oomKilled: true,
        health: 'unhealthy',
      },
      restartPolicy: 'on-failure:5',
    });
  });

  it('has a pid while it runs, and no exit code of before', () => {
    const { state } = of({ Status: 'running', Pid: 9007, ExitCode: 0 });
    expect(state).toMatchObject({ state: 'running', pid: 9007, finishedAt: '1795143607500000000' });
    expect(state).not.toHaveProperty('exitCode');
  });

  it('has no times of what never happened', () => {
    const { state } = of({
      Status: 'created',
      StartedAt: NEVER,
      FinishedAt: NEVER,
      ExitCode: 0,
      Health: null,
    });
    expect(state).toMatchObject({ state: 'created' });
    for (const key of ['startedAt', 'finishedAt', 'exitCode', 'pid', 'health']) {
      expect(state).not.toHaveProperty(key);
    }
  });

  it.each([
    ['created', 'created'],
    ['paused', 'paused'],
    ['restarting', 'restarting'],
    ['removing', 'exited'],
    ['dead', 'dead'],
    ['levitating', 'unknown'],
    [undefined, 'unknown'],
  ])('%s is %s', (theirs, ours) => expect(of({ Status: theirs }).state.state).toBe(ours));

  it.each([
    [{ Name: 'always', MaximumRetryCount: 0 }, 'always'],
    [{ Name: 'unless-stopped', MaximumRetryCount: 0 }, 'unless-stopped'],
    [{ Name: 'no', MaximumRetryCount: 0 }, undefined],
    [{ Name: '' }, undefined],
    [undefined, undefined],
  ])('policy %j: %s', (theirs, ours) => {
    expect(of({}, { HostConfig: { RestartPolicy: theirs } }).restartPolicy).toBe(ours);
  });

  it('keeps the labels that fit, and counts the others', () => {
    const long = 'x'.repeat(8 * 1024);
    const labels = { app: 'web', big: long, huge: long, tier: 'db' };
    const found = of({}, { Config: { Labels: labels } });
    expect(found).toMatchObject({ state: { labels: { app: 'web', tier: 'db' } }, labelsLeftOut: 2 });
    expect(found.state.labels).not.toHaveProperty('big');
    expect(of({})).not.toHaveProperty('labelsLeftOut');
  });

  it.each([null, 7, [], {}, { Id: 7 }])('is refused: %j', (value) => {
    expect(() => readInspected(value, 'docker')).toThrow(/no container/);
  });

  it('is read as far as it makes sense', () => {
    const odd = {
      Id: 'b568',
      State: 'up',
      Config: { Labels: { a: 1, b: 'c' } },
      Created: 'today',
      RestartCount: '3',
    };
    expect(readInspected(odd, 'docker').state).toEqual({
      id: 'b568',
      engine: 'docker',
      state: 'unknown',
      labels: { b: 'c' },
      restarts: 0,
      oomKilled: false,
    });
  });
});
