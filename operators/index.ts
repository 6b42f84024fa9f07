export { boundedReplay, type ReplayBounds } from './boundedReplay.ts';
export { byFilters } from './byFilters.ts';
export { byName } from './byName.ts';
export { compileFilters, FILTER_KEYS, type Filterable, type Filters, parseFilter } from './filters.ts';
export { type NamePattern, parseNamePattern } from './name-pattern.ts';
export type { Described, Named, Timed } from './shapes.ts';
export { type Cancellation, takeUntilCancelled } from './takeUntilCancelled.ts';
export { takeUntilTime } from './takeUntilTime.ts';
export { type TimeWindow, timeWindow } from './timeWindow.ts';
