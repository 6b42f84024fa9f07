export { boundedReplay, type ReplayBounds } from './boundedReplay.ts';
export { byExpression } from './byExpression.ts';
export { byFilters } from './byFilters.ts';
export { byName } from './byName.ts';
export {
  type ContainerState,
  foldState,
  type Health,
  type Phase,
  type StateEvent,
} from './container-state.ts';
export { deaths } from './deaths.ts';
export { exitMeaning } from './exit-code.ts';
export type { Cause } from './cause-text.ts';
export {
  createExplainer,
  type Death,
  explainDeath,
  type Explainer,
  type DeathsOptions,
  type Illness,
} from './explain.ts';
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
export { foldRestarts, isRestartLoop, type RestartLoop, type RestartOptions } from './foldRestarts.ts';
export { followsPattern, type PatternOptions, type Step, type Verdict } from './followsPattern.ts';
export { inOrder, type Ordered, type OrderOptions } from './inOrder.ts';
export {
  type CompileExpression,
  createNameParser,
  type FailPattern,
  type NamePattern,
  parseNamePattern,
} from './name-pattern.ts';
export { perContainer, type QueueOptions } from './perContainer.ts';
export { type Run, runs, type RunsOptions } from './runs.ts';
export type { Described, Named, Sourced, Timed } from './shapes.ts';
export { closest } from './closest.ts';
export { signalName, signalNumber } from './signals.ts';
export { spanText } from './span-text.ts';
export { createStateTable, type StateTable, type StateTableOptions } from './state-table.ts';
export { states } from './states.ts';
export { type Cancellation, takeUntilCancelled } from './takeUntilCancelled.ts';
export { takeUntilTime } from './takeUntilTime.ts';
export { type TimeWindow, timeWindow } from './timeWindow.ts';
export { type RepeatOptions, withoutRepeats } from './withoutRepeats.ts';
export { ACTIONS } from './words.ts';
