import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import { compileFilters, type Filterable, type Filters } from './filters.ts';

/**
 * Selects events by Docker's filters. Values of one key are alternatives (of `label`, all are
 * required), and all keys are required. `key!` excludes, `key~` takes globs, and `exitCode<`, `<=`,
 * `>`, `>=` compare. An unknown key does not compile.
 *
 * Memory: none.
 *
 * @throws RangeError at the call if a key is unknown (with the known ones), an exit code is not a
 *   number, or a glob is invalid
 * @example
 * events.pipe(byFilters({ event: ['die'], 'exitCode!': ['0'] }))
 */
export function byFilters<T extends Filterable>(filters: Filters): MonoTypeOperatorFunction<T> {
  const matches = compileFilters(filters);
  return filter((event) => matches(event));
}
