import { defer, filter, type MonoTypeOperatorFunction } from 'rxjs';
import { nameMatcher, type OnFollow, type Renamable } from './name-matcher.ts';
import { type NamePatternInput, namePatterns } from './name-pattern.ts';

/**
 * Lets through what has one of the names: see {@link parseNamePattern} for what a pattern can be. Where some
 * patterns are negated, what one of those matches is left out; where all are, everything else passes.
 *
 * A name follows its container: once an event of action `rename` tells that a match was renamed
 * (`attributes.oldName`), its id is followed until it is destroyed.
 *
 * Memory: for each pattern up to 10,000 ids of renamed containers.
 *
 * @param patterns one pattern or several: texts, regular expressions, or parsed already
 * @param onFollow called when an id begins or ceases to be followed: for a source that looks events up by id
 * @throws RangeError at the call if a pattern is invalid
 */
export function byName<T extends Renamable>(
  patterns: NamePatternInput | readonly NamePatternInput[],
  onFollow?: OnFollow,
): MonoTypeOperatorFunction<T> {
  const list = namePatterns(patterns);
  return (source) => defer(() => source.pipe(filter<T>(nameMatcher(list, onFollow))));
}
