import { defer, filter, type MonoTypeOperatorFunction } from 'rxjs';
import { type NamePattern, parseNamePattern } from './name-pattern.ts';
import type { Described, Named } from './shapes.ts';

/** Renamed containers that one pattern follows at most; the one followed longest is dropped. */
const FOLLOWED = 10_000;

/**
 * Lets through what has one of the names: see {@link parseNamePattern} for what a pattern can be. Where some
 * patterns are negated, what one of those matches is left out; where all are, everything else passes.
 *
 * A name follows its container: once an event of action `rename` tells that a match was renamed
 * (`attributes.oldName`), its id is followed until it is destroyed.
 *
 * Memory: for each pattern up to 10,000 ids of renamed containers.
 *
 * @param patterns one pattern or several
 * @throws RangeError at the call on a pattern that is none
 */
export function byName<T extends Named & Partial<Described>>(
  patterns: string | readonly string[],
): MonoTypeOperatorFunction<T> {
  const list = (typeof patterns === 'string' ? [patterns] : patterns).map(parseNamePattern);
  const negated = list.filter((pattern) => pattern.negated);
  const positive = list.filter((pattern) => !pattern.negated);
  return (source) =>
    defer(() => {
      const out = negated.map((pattern) => follower(pattern));
      const wanted = positive.map((pattern) => follower(pattern));
      // Every pattern sees every event, as each has renames to learn of.
      const any = (matchers: typeof out, event: T): boolean =>
        matchers.reduce((matched, matches) => matches(event) || matched, false);
      return source.pipe(
        filter((event) => {
          const excluded = any(out, event);
          return (any(wanted, event) || wanted.length === 0) && !excluded;
        }),
      );
    });
}

/** A pattern that remembers whom it has met. */
function follower(pattern: NamePattern): (event: Named & Partial<Described>) => boolean {
  const followed = new Set<string>();
  return (event) => {
    const { id, action } = event;
    if (action === 'rename') {
      const oldName = event.attributes?.['oldName']?.replace(/^\//, '');
      if (oldName !== undefined && pattern.matches({ id, name: oldName })) followed.add(id);
      const [oldest] = followed;
      if (followed.size > FOLLOWED && oldest !== undefined) followed.delete(oldest);
    }
    const matched = pattern.matches(event) || (followed.size > 0 && followed.has(id));
    if (matched && (action === 'destroy' || action === 'remove')) followed.delete(id);
    return matched;
  };
}
