import { describe, expect, it } from 'vitest';
import { runChangeOf } from '../../../../src/handlers/rules/run-change.ts';
import { event } from '../../../support/events.ts';

describe('what an event means to a restart policy', () => {
  it.each([
    ['die', { exitCode: '137' }, { kind: 'die', at: 7n, exitCode: 137 }],
    ['died', { containerExitCode: '3' }, { kind: 'die', at: 7n, exitCode: 3 }],
    ['die', {}, { kind: 'die', at: 7n, exitCode: 0 }],
    ['die', { exitCode: '1', stale: 'true' }, undefined],
    ['start', {}, { kind: 'start', at: 7n }],
    ['stop', {}, { kind: 'stop' }],
    ['destroy', {}, { kind: 'remove' }],
    ['remove', {}, { kind: 'remove' }],
    ['kill', { signal: '15' }, { kind: 'stop' }],
    ['kill', { signal: 'SIGKILL' }, { kind: 'stop' }],
    ['kill', { signal: '37' }, { kind: 'stop' }],
    ['kill', {}, { kind: 'stop' }],
    ['kill', { signal: '1' }, undefined],
    ['kill', { signal: 'USR1' }, undefined],
    ['create', {}, undefined],
    ['oom', {}, undefined],
    ['restart', {}, undefined],
    ['exec_die', { exitCode: '1' }, undefined],
  ])('%s %j', (action, attributes, expected) => {
    expect(runChangeOf({ ...event({ action, attributes, timeNano: 7n }), seq: 1 })).toEqual(expected);
  });
});
