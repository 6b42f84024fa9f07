import { describe, expect, it } from 'vitest';
import type { ContainerState } from '../../../operators/container-state.ts';
import { type Condition, wait, waitForAny, WaitError } from '../../../src/handlers/wait-for-container.ts';
import { marbles } from '../../support/marbles.ts';

const ID = 'ab'.repeat(32);

function state(parts: Partial<ContainerState> = {}): ContainerState {
  return {
    id: ID,
    engine: 'docker',
    name: 'web',
    state: 'running',
    labels: {},
    restarts: 0,
    oomKilled: false,
    ...parts,
  };
}

const states = {
  c: state({ state: 'created' }),
  r: state(),
  e: state({ state: 'exited', exitCode: 3 }),
  g: state({ state: 'removed', exitCode: 3 }),
  G: state({ state: 'removed' }),
  t: state({ state: 'restarting', exitCode: 3 }),
  d: state({ state: 'dead' }),
  h: state({ health: 'healthy' }),
  u: state({ health: 'unhealthy' }),
  p: state({ state: 'paused' }),
  n: state({ name: 'renamed', state: 'exited' }),
  o: state({ id: 'cd'.repeat(32), name: 'other', state: 'exited' }),
  m: state({ engine: 'monitor' }),
  P: state({ engine: 'podman', state: 'exited' }),
};

const gone = (condition: string) => new WaitError(`container "web" was removed before it was ${condition}`);
const unending = new WaitError(
  'container "web" is only known from the monitor FIFO, which reports no removals: ' +
    'this wait would never end; follow its engine too (--engine isulad)',
);
const unknown = new WaitError('there is no container "web"');

describe('waiting', () => {
  const CASES: readonly (readonly [
    what: string,
    Condition,
    now: string,
    changes: string,
    expected: string,
    error?: Error,
  ])[] = [
    ['is over at once where it is so already', 'exited', 'e', '-', '(e|)'],
    ['is over at once where it runs already', 'running', 'r', '-', '(r|)'],
    ['is woken by the end', 'exited', 'r', '--o-e-', '----(e|)'],
    ['follows a rename', 'exited', 'r', '--n', '--(n|)'],
    ['is not about others of the name in other engines', 'exited', 'r', '-P-e', '---(e|)'],
    ['is not fooled by a container that has not run yet', 'exited', 'c', '-r-e', '---(e|)'],
    ['takes the moment between two runs', 'exited', 'r', '-t', '-(t|)'],
    ['takes a dead one', 'exited', 'r', '-d', '-(d|)'],
    ['accepts the removal of a container that has run', 'exited', 'r', '-g', '-(g|)'],
    ['fails when what has not run is removed', 'exited', 'c', '-G', '-#', gone('exited')],
    ['fails for a removal that only the FIFO could tell', 'removed', 'm', '-', '#', unending],
    ['for health is for a run', 'healthy', 'r', '-u-p-h', '-----(h|)'],
    ['for health fails when it is removed', 'healthy', 'r', '-u-g', '---#', gone('healthy')],
    ['for a run is not satisfied with a pause', 'running', 'p', '--r', '--(r|)'],
    ['for a run waits for a container that does not exist yet', 'running', '', '-o-c-r', '-----(r|)'],
    ['for a run waits for the successor of a removed container', 'running', 'g', '-c-r', '---(r|)'],
    ['for the end needs one that is there', 'exited', '', '-e', '#', unknown],
    ['for the removal needs one that is there', 'removed', 'g', '-', '#', unknown],
    ['for the removal is woken by it', 'removed', 'e', '--g', '--(g|)'],
  ];

  const cases = CASES.map(([what, condition, now, changes, expected, error]) => {
    return { what, condition, now, changes, expected, error };
  });

  it.each(cases)('$what', ({ condition, now, changes, expected, error }) => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot(changes, states);
      const known = now === '' ? [] : [states[now as keyof typeof states]];
      expectObservable(wait({ states: known, changes: source }, 'web', condition)).toBe(
        expected,
        states,
        error,
      );
      // Nobody listens on once it is over.
      const end = expected.search(/[(#]/);
      expectSubscriptions(source.subscriptions).toBe(end === 0 ? [] : [`^${'-'.repeat(end - 1)}!`]);
    })();
  });

  it('tells a container by its id, and by the beginning of that', () => {
    marbles(({ hot, expectObservable }) => {
      const watched = { states: [states.r, states.o], changes: hot<ContainerState>('-e', states) };
      expectObservable(wait(watched, ID, 'exited')).toBe('-(e|)', states);
      expectObservable(wait(watched, ID.slice(0, 12), 'exited')).toBe('-(e|)', states);
    })();
  });

  it('is refused at the call for an invalid name, and later if several containers have the name', () => {
    marbles(({ hot, expectObservable }) => {
      const watched = { states: [states.r, states.P], changes: hot<ContainerState>('') };
      expect(() => wait(watched, 'web-*', 'exited')).toThrow(/give the name or id of one container/);
      expect(() => wait(watched, '!web', 'exited')).toThrow(/give the name or id of one container/);
      expect(() => wait(watched, '', 'exited')).toThrow(RangeError);
      const why = `several containers are called "web" (${ID.slice(0, 12)} of docker, ${ID.slice(0, 12)} of podman): give an id`;
      expectObservable(wait(watched, 'web', 'exited')).toBe('#', undefined, new RangeError(why));
    })();
  });
});

describe('waiting for any container of a name', () => {
  const here = {
    ...states,
    q: state({ engine: 'podman' }),
    Q: state({ engine: 'podman', state: 'removed' }),
  };
  const both = [here.c, here.q];

  it.each([
    ['takes the first that ends', both, '-r-P', '---(P|)'],
    ['takes one that has ended at once', [here.r, here.P], '-', '(P|)'],
    ['continues where one of them can never end', both, '-G-P', '---(P|)'],
    ['fails where none of them can end', [here.c, { ...here.q, state: 'created' as const }], '-G-Q', '---#'],
    ['is the same as a wait for a single one', [here.r], '-P-e', '---(e|)'],
  ])('%s', (_, now, changes, expected) => {
    marbles(({ hot, expectObservable }) => {
      const watched = { states: now, changes: hot(changes, here) };
      expectObservable(waitForAny(watched, 'web', 'exited')).toBe(expected, here, gone('exited'));
    })();
  });

  it('fails for a name that no container has', () => {
    marbles(({ hot, expectObservable }) => {
      const watched = { states: [], changes: hot('-e', here) };
      expectObservable(waitForAny(watched, 'web', 'exited')).toBe('#', here, unknown);
    })();
  });
});
