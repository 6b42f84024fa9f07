import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import { compileFilters, type Filterable, type Filters } from './filters.ts';

/**
 * Lets through events that Docker's filters select. Values of one key are alternatives (of `label`, all are
 * required), and keys are all required. `key!` excludes, `key~` takes globs, and `exitCode<`, `<=`, `>`, `>=`
 * compare. A key that does not exist does not compile.
 *
 * Memory: none.
 *
 * @throws RangeError at the call on an unknown key (naming the known ones), an exit code that is not a number, or an
 *   invalid glob
 * @example
 * events.pipe(byFilters({ event: ['die'], 'exitCode!': ['0'] }))
 */
export function byFilters<T extends Filterable>(filters: Filters): MonoTypeOperatorFunction<T> {
  const matches = compileFilters(filters);
  return filter((event) => matches(event));
}
