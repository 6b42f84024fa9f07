import { type MonoTypeOperatorFunction, pipe } from 'rxjs';
import { byFilters } from './byFilters.ts';
import { byName } from './byName.ts';
import { parseExpression } from './expression.ts';
import type { Filterable } from './filters.ts';

/**
 * Selects events by a filter expression, as a person types it: `web-* event=die exitCode!=0`. See
 * {@link parseExpression} for the language. A name follows its container through a rename, as in
 * {@link byName}.
 *
 * Memory: as {@link byName}.
 *
 * @throws ExpressionError (a RangeError) at the call, with the position of the error
 * @example
 * events.pipe(byExpression('web-* event=die exitCode!=0'))
 */
export function byExpression<T extends Filterable>(expression: string): MonoTypeOperatorFunction<T> {
  const { names, filters } = parseExpression(expression);
  return names.length === 0 ? byFilters(filters) : pipe(byName<T>(names), byFilters<T>(filters));
}
