import { from, Subject } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { ContainerState } from '../../operators/container-state.ts';
import { states } from '../../operators/states.ts';
import { event } from '../support/events.ts';
import { marbles } from '../support/marbles.ts';
import { recorded } from '../support/recorded.ts';

const of = (action: string, id = 'a'): ReturnType<typeof event> =>
  event({ id, name: id, action, timeNano: 1n });
const events = {
  c: of('create'),
  s: of('start'),
  d: of('die'),
  t: of('top'),
  r: of('destroy'),
  x: of('start', 'b'),
  n: event({ type: 'network' }),
};

const state = (is: ContainerState['state'], more: Partial<ContainerState> = {}): ContainerState => ({
  id: 'a',
  engine: 'test',
  name: 'a',
  state: is,
  labels: {},
  restarts: 0,
  oomKilled: false,
  ...more,
});
const run = { startedAt: '1', finishedAt: '1' };
const changed = {
  c: state('created', { createdAt: '1' }),
  s: state('running', { startedAt: '1' }),
  d: state('exited', run),
  r: state('removed', run),
  x: state('running', { id: 'b', name: 'b', startedAt: '1' }),
  u: state('unknown', run),
};

describe('states', () => {
  it(
    'emits the state of each container whenever it has changed',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -s-x-t-n-d-r-|', events);
      const subs = '        ^------------!';
      const expected = '    -s-x-----d-r-|';
      expectObservable(source.pipe(states())).toBe(expected, changed);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'begins with the seed, for each of its subscribers',
    marbles(({ hot, expectObservable }) => {
      const source = hot('-d--d-r-|', events);
      const known = source.pipe(states({ seed: new Set([changed.s]).values() }));
      expectObservable(known).toBe('             -d----r-|', changed);
      expectObservable(known, '---^').toBe('     ----d-r-|', changed);
    }),
  );

  it(
    'emits as unknown what it forgot to make room',
    marbles(({ hot, expectObservable }) => {
      const source = hot('  -s-d-x----|', events);
      const expected = '    -s-d-(xu)-|';
      expectObservable(source.pipe(states({ limit: 1 }))).toBe(expected, changed);
    }),
  );

  it(
    'passes an error on, and leaves the source when it is left',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const fails = hot(' -s-#', events);
      const goesOn = hot('-s-d-r', events);
      const unsub = '     --!';
      expectObservable(fails.pipe(states())).toBe('-s-#', changed);
      expectObservable(goesOn.pipe(states()), unsub).toBe('-s', changed);
      expectSubscriptions(fails.subscriptions).toBe(' ^--!');
      expectSubscriptions(goesOn.subscriptions).toBe('^-!');
    }),
  );

  it('takes what comes from inside its own subscriber', () => {
    const source = new Subject<ReturnType<typeof event>>();
    const seen: string[] = [];
    source.pipe(states()).subscribe((each) => {
      seen.push(each.state);
      if (each.state === 'running') source.next(of('die'));
    });
    source.next(of('start'));
    expect(seen).toEqual(['running', 'exited']);
  });

  it('ends where a real Docker did', () => {
    const last = new Map<string, ContainerState>();
    const phases: string[] = [];
    from(recorded('proxied'))
      .pipe(states())
      .subscribe((each) => {
        last.set(each.id, each);
        if (each.labels['proxy.port'] === '8080') phases.push(`${each.name} ${each.state}`);
      });
    expect(phases).toEqual([
      // The kill of each `docker restart` and `docker rm -f` is a state of its own: the end is
      // asked for.
      ...['api created', 'api running', 'api-old running', 'api-old running', 'api-old exited'],
      ...['api-old running', 'api-old running', 'api-old exited', 'api-old removed'],
    ]);
    expect(
      [...last.values()].map(({ name, state, exitCode, restarts }) => [name, state, exitCode, restarts]),
    ).toEqual([
      // Restarted by hand.
      ['api-old', 'removed', 137, 0],
      ['shop', 'removed', 137, 0],
      ['blog', 'removed', 137, 0],
    ]);
  });

  it('refuses invalid bounds at the call', () => {
    expect(() => states({ limit: 0 })).toThrow(new RangeError('invalid limit 0: a whole number, 1 or more'));
  });

  it('has the type of a state, and accepts events only', () => {
    new Subject<ReturnType<typeof event>>()
      .pipe(states())
      .subscribe((each) => expectTypeOf(each).toEqualTypeOf<ContainerState>());
    // @ts-expect-error -- needs a time
    new Subject<{ id: string; type: string; action: string; attributes: {} }>().pipe(states());
  });
});
