export { boundedReplay, type ReplayBounds } from './boundedReplay.ts';
export { byFilters } from './byFilters.ts';
export { byName } from './byName.ts';
export {
  type ContainerState,
  foldState,
  type Health,
  type Phase,
  type StateEvent,
} from './container-state.ts';
export { compileFilters, FILTER_KEYS, type Filterable, type Filters, parseFilter } from './filters.ts';
export { type NamePattern, parseNamePattern } from './name-pattern.ts';
export { perContainer, type QueueOptions } from './perContainer.ts';
export type { Described, Named, Sourced, Timed } from './shapes.ts';
export { createStateTable, type StateTable, type StateTableOptions } from './state-table.ts';
export { states } from './states.ts';
export { type Cancellation, takeUntilCancelled } from './takeUntilCancelled.ts';
export { takeUntilTime } from './takeUntilTime.ts';
export { type TimeWindow, timeWindow } from './timeWindow.ts';
