/** A program that uses every operator on its own events, without event loop and timers. */

/**
 * The program: it needs `tidings/operators` and `rxjs`, and leaves its results in
 * `globalThis.result`.
 */
export const program = `
import * as operators from 'tidings/operators';
import { of, VirtualTimeScheduler } from 'rxjs';

const at = (ms, action, attributes = {}) =>
  ({ timeNano: BigInt(ms) * 1_000_000n, type: 'container', action, id: 'web', name: 'web', attributes });
const day = [at(1, 'start'), at(2, 'kill', { signal: '9' }), at(3, 'die', { exitCode: '137' }), at(3, 'die', { exitCode: '137' })];
const clock = new VirtualTimeScheduler();
const { createStateTable, ...all } = operators;

const through = (operator) => {
  const seen = [];
  of(...day).pipe(operator).subscribe((value) => seen.push(value));
  clock.flush();
  return seen;
};

globalThis.result = {
  absent: through(all.absent(5, { scheduler: clock })).length,
  boundedReplay: through(all.boundedReplay({ count: 1 }, clock)).length,
  byExpression: through(all.byExpression('w* event=die exitCode!=0')).length,
  byFilters: through(all.byFilters({ 'exitCode>': ['0'] })).length,
  byName: through(all.byName('w*')).length,
  cooldown: through(all.cooldown(({ action }) => action, 5)).length,
  deaths: through(all.deaths())[0].cause,
  foldRestarts: through(all.foldRestarts({ deaths: 2 }, clock)).filter((item) => all.isRestartLoop(item)).length,
  matchSequence: through(all.matchSequence([{ event: ['start'] }, { event: ['die'] }], { within: 5 }, clock))[0].met,
  inOrder: through(all.inOrder({ slack: 5 }, clock)).length,
  concatMapBy: through(all.concatMapBy((event) => of(event.action))).join(),
  runs: String(through(all.runs())[0].duration),
  states: through(all.states()).at(-1).state,
  takeUntilCancelled: through(all.takeUntilCancelled(of('now'))).length,
  takeUntilTime: through(all.takeUntilTime(5n, clock)).length,
  timesWithin: through(all.timesWithin(2, 5)).length,
  timeWindow: through(all.timeWindow({ until: 2_000_000n })).length,
  withStates: through(all.withStates()).at(-1).state.state,
  distinctWithin: through(all.distinctWithin()).length,
};
`;

/** Its results. */
export const results: Readonly<Record<string, unknown>> = {
  absent: 0,
  boundedReplay: 4,
  byExpression: 2,
  byFilters: 2,
  byName: 4,
  cooldown: 3,
  deaths: 'killed',
  foldRestarts: 2,
  matchSequence: true,
  inOrder: 4,
  concatMapBy: 'start,kill,die,die',
  runs: '2000000',
  states: 'exited',
  takeUntilCancelled: 0,
  takeUntilTime: 4,
  timesWithin: 2,
  timeWindow: 2,
  withStates: 'exited',
  distinctWithin: 3,
};
