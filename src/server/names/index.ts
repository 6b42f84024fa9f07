/** Name patterns from clients: bounded in number and size, and matched in linear time. */
import { createNameParser, type NamePattern } from '../../../operators/name-pattern.ts';
import type { Limits } from '../client-limits.ts';
import { compileExpression } from './linear-expression.ts';

/** Most instructions of all regular expressions of one query together. */
const INSTRUCTIONS = 1024;

/** Cost of one instruction of an expression, in steps of a glob. */
const EXPRESSION = 8;

/** Longer names match no regular expression and no glob of a client: in UTF-16 code units. */
const LONGEST_NAME = 512;

/**
 * Parses the name patterns of one query.
 *
 * @param meter counts the patterns' cost, in items: one for each test, more for long names and
 *   large expressions. Default: no count
 * @throws RangeError if a pattern is invalid or not supported, or if there are too many: with the
 *   limit
 */
export function clientNames(
  names: readonly (string | NamePattern)[],
  limits: Limits,
  meter: { items: number } = { items: 0 },
): readonly NamePattern[] {
  limits.check('patterns', names.length);
  let left = INSTRUCTIONS;
  return names.map((name) => {
    let size = 0;
    const parse = createNameParser((source, flags, fail) => {
      const compiled = compileExpression(source, flags, left, fail);
      ({ size } = compiled);
      left -= size;
      return compiled.test;
    });
    const pattern = parse(typeof name === 'string' ? name : name.pattern);
    return bounded(pattern, size * EXPRESSION || pattern.pattern.length, meter);
  });
}

/**
 * Globs and expressions take time proportional to the product of the lengths of pattern and name.
 */
function bounded(pattern: NamePattern, size: number, meter: { items: number }): NamePattern {
  const { matches, exact } = pattern;
  return {
    ...pattern,
    matches: (named) => {
      const { length } = named.name ?? named.id;
      if (exact === undefined && length > LONGEST_NAME) return false;
      meter.items += exact === undefined ? 1 + ((size * length) >> 9) : 1;
      return matches(named);
    },
  };
}
