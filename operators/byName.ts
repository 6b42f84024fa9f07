import { defer, filter, type MonoTypeOperatorFunction } from 'rxjs';
import { type NamePattern, type NamePatternInput, namePatterns } from './name-pattern.ts';
import type { Described, Named } from './shapes.ts';
import { isRemoval } from './words.ts';

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
 * @param patterns one pattern or several: texts, regular expressions, or parsed already
 * @throws RangeError at the call if a pattern is invalid
 */
export function byName<T extends Named & Partial<Described>>(
  patterns: NamePatternInput | readonly NamePatternInput[],
): MonoTypeOperatorFunction<T> {
  const list = namePatterns(patterns);
  const negated = list.filter((pattern) => pattern.negated);
  const positive = list.filter((pattern) => !pattern.negated);
  return (source) =>
    defer(() => {
      const isOut = anyOf(negated.map(follower));
      const isWanted = anyOf(positive.map(follower));
      if (positive.length === 0) return source.pipe(filter((event) => !isOut(event)));
      if (negated.length === 0) return source.pipe(filter<T>(isWanted));
      return source.pipe(
        filter((event) => {
          const excluded = isOut(event);
          return isWanted(event) && !excluded;
        }),
      );
    });
}

type Follower = (event: Named & Partial<Described>) => boolean;

/** Every pattern sees every event, as each has renames to learn of. */
function anyOf(followers: readonly Follower[]): Follower {
  const [only] = followers;
  if (only !== undefined && followers.length === 1) return only;
  return (event) => {
    let any = false;
    for (const matches of followers) any = matches(event) || any;
    return any;
  };
}

/** A pattern that remembers whom it has met. */
function follower(pattern: NamePattern): Follower {
  const followed = new Set<string>();
  return (event) => {
    const { action } = event;
    if (action === 'rename') learn(event, pattern, followed);
    const matched = pattern.matches(event) || (followed.size > 0 && followed.has(event.id));
    if (matched && followed.size > 0 && action !== undefined && isRemoval(action)) followed.delete(event.id);
    return matched;
  };
}

function learn(
  { id, attributes }: Named & Partial<Described>,
  pattern: NamePattern,
  followed: Set<string>,
): void {
  // Docker's old names begin with a slash.
  const oldName = attributes?.['oldName']?.replace(/^\//, '');
  if (oldName !== undefined && pattern.matches({ id, name: oldName })) followed.add(id);
  const [oldest] = followed;
  if (followed.size > FOLLOWED && oldest !== undefined) followed.delete(oldest);
}
