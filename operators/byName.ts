import { defer, filter, type MonoTypeOperatorFunction } from 'rxjs';
import { nameMatcher, type OnFollow, type Renamable } from './name-matcher.ts';
import { type NamePatternInput, namePatterns } from './name-pattern.ts';

/**
 * Selects events by name: see {@link parseNamePattern} for patterns. If some patterns are negated,
 * their matches are excluded; if all are negated, everything else passes.
 *
 * A name follows its container: after an event of action `rename` from a matching name
 * (`attributes.oldName`), the container's id is followed until it is destroyed.
 *
 * Memory: for each pattern up to 10,000 ids of renamed containers.
 *
 * @param patterns one pattern or several: texts, regular expressions, or parsed patterns
 * @param onFollow called when an id starts or stops being followed: for a source that looks events
 *   up by id
 * @throws RangeError at the call if a pattern is invalid
 */
export function byName<T extends Renamable>(
  patterns: NamePatternInput | readonly NamePatternInput[],
  onFollow?: OnFollow,
): MonoTypeOperatorFunction<T> {
  const list = namePatterns(patterns);
  return (source) => defer(() => source.pipe(filter<T>(nameMatcher(list, onFollow))));
}
