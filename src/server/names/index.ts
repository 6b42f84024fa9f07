/** Name patterns from clients: bounded in number and size, and matched in linear time. */
import { createNameParser, type NamePattern } from '../../../operators/name-pattern.ts';
import type { Limits } from '../limits.ts';
import { compileExpression } from './expression.ts';

/** Instructions of all regular expressions of one query together. */
const INSTRUCTIONS = 1024;

/** Longer names match no regular expression and no glob of a client: in UTF-16 code units. */
const LONGEST_NAME = 512;

/**
 * Reads the name patterns of one query.
 *
 * @throws RangeError if a pattern is invalid or not supported, or if there are too many: with the limit
 */
export function clientNames(
  names: readonly (string | NamePattern)[],
  limits: Limits,
): readonly NamePattern[] {
  limits.check('patterns', names.length);
  let left = INSTRUCTIONS;
  const parse = createNameParser((source, flags, fail) => {
    const { size, test } = compileExpression(source, flags, left, fail);
    left -= size;
    return test;
  });
  return names.map((name) => bounded(parse(typeof name === 'string' ? name : name.pattern)));
}

/** Globs take time in proportion to the product of the lengths of glob and name. */
function bounded(pattern: NamePattern): NamePattern {
  if (pattern.exact !== undefined) return pattern;
  const { matches } = pattern;
  return {
    ...pattern,
    matches: (named) => (named.name ?? named.id).length <= LONGEST_NAME && matches(named),
  };
}
