import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import { compileFilters, type Filterable, type Filters } from './filters.ts';

/**
 * Lets through what Docker's filters select: values of one key are alternatives (of `label`, all are
 * required), keys are all required; besides, `key!` excludes and `exitCode<`, `<=`, `>`, `>=` compare.
 *
 * Memory: none.
 *
 * @throws RangeError at the call on an unknown key (naming the known ones) or an exit code that is no number
 */
export function byFilters<T extends Filterable>(filters: Filters): MonoTypeOperatorFunction<T> {
  const matches = compileFilters(filters);
  return filter((event) => matches(event));
}
