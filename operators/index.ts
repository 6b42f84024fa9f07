/**
 * `tidings/operators`: RxJS operators for event-shaped values. It only imports `rxjs`.
 *
 * @module tidings/operators
 */

// Select.
export { byExpression } from './byExpression.ts';
export { byFilters } from './byFilters.ts';
export { byName } from './byName.ts';
export { cooldown, type CooldownOptions } from './cooldown.ts';
export { type DistinctOptions, distinctWithin } from './distinctWithin.ts';
export { type TimesOptions, timesWithin } from './timesWithin.ts';
export { type TimeWindow, timeWindow } from './timeWindow.ts';

// End.
export { type Cancellation, takeUntilCancelled } from './takeUntilCancelled.ts';
export { takeUntilTime } from './takeUntilTime.ts';

// Share and order.
export { boundedReplay, type ReplayBounds } from './boundedReplay.ts';
export { inOrder, type OrderOptions } from './inOrder.ts';

// Understand.
export { type Absence, absent, type AbsentOptions } from './absent.ts';
export { deaths } from './deaths.ts';
export { foldRestarts, isRestartLoop, type RestartLoop, type RestartOptions } from './foldRestarts.ts';
export { matchSequence, type SequenceOptions, type SequenceResult, type Step } from './matchSequence.ts';
export { type Run, runs, type RunsOptions } from './runs.ts';
export { states } from './states.ts';
export { type WithState, withStates } from './withStates.ts';

// Act.
export { concatMapBy, type QueueOptions } from './concatMapBy.ts';
export { type IterableOptions, toAsyncIterable } from './toAsyncIterable.ts';

// Without a stream: states, deaths, filters, names and words.
export type { StateCount } from './state-index.ts';
export {
  createStateTable,
  type StateLookup,
  type StateTable,
  type StateTableOptions,
} from './state-table.ts';
export {
  type ContainerState,
  foldState,
  type Health,
  type Phase,
  type StateEvent,
} from './container-state.ts';
export type { Cause } from './cause-text.ts';
export {
  createExplainer,
  type Death,
  type DeathsOptions,
  explainDeath,
  type Explainer,
  type Illness,
} from './explain.ts';
export { exitMeaning } from './exit-code.ts';
export { signalName, signalNumber } from './signals.ts';
export { spanText } from './span-text.ts';
export {
  type Explanation,
  explainContainer,
  type ExplainedDeath,
  explainEach,
  type ExplainOptions,
  type Missing,
} from './explanation.ts';
export type { Neighbour } from './neighbours.ts';
export type { CrashLoop, RunTimes } from './past-runs.ts';
export type { DeathsOfCause, ImageChange, Report, ReportedGap, Stretch, Trouble } from './report.ts';
export { createReporter, type Reporter, type ReportOptions } from './reporter.ts';
export {
  ExpressionError,
  formatExpression,
  parseExpression,
  parseFilter,
  parseFilters,
  parseTerms,
  type Selection,
} from './expression.ts';
export { compileFilters, FILTER_KEYS, type Filterable, type FilterKey, type Filters } from './filters.ts';
export {
  type CompileExpression,
  createNameParser,
  type FailPattern,
  type NamePattern,
  type NamePatternInput,
  parseNamePattern,
} from './name-pattern.ts';
export { closest } from './closest.ts';
export { ACTIONS } from './words.ts';
export type { Described, Named, Sourced, Timed } from './shapes.ts';

// Old names, until 1.0.
export { followsPattern, perContainer, withoutRepeats } from './deprecated.ts';
