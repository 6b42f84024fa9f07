import type { NamePattern } from './name-pattern.ts';
import type { Described, Named } from './shapes.ts';
import { isRemoval } from './words.ts';
import { oldName } from './old-name.ts';

/**
 * Most renamed containers that one pattern follows; beyond it, the one followed longest is dropped.
 */
const FOLLOWED = 10_000;

/** An object that may have a name, and may be a rename event. */
export type Renamable = Named & Partial<Described>;

/** Called when an id starts or stops matching independently of its name. */
export type OnFollow = (id: string, followed: boolean) => void;

/**
 * Decides which events match the names. If some patterns are negated, their matches are excluded;
 * if all are negated, everything else passes. It must see every event in order, to follow
 * containers through renames.
 *
 * Memory: for each pattern up to 10,000 ids of renamed containers.
 */
export function nameMatcher(
  patterns: readonly NamePattern[],
  onFollow: OnFollow = () => undefined,
): (event: Renamable) => boolean {
  const followers: Follower[] = [];
  const changed = (id: string): void =>
    onFollow(
      id,
      followers.some((each) => each.follows(id)),
    );
  for (const pattern of patterns) followers.push(new Follower(pattern, changed));
  const negated = followers.filter((each) => each.pattern.negated);
  const positive = followers.filter((each) => !each.pattern.negated);
  const [only] = positive;
  if (only !== undefined && followers.length === 1) return (event) => only.matches(event);
  return (event) => {
    const excluded = any(negated, event);
    const wanted = positive.length === 0 || any(positive, event);
    return wanted && !excluded;
  };
}

/** Every pattern sees every event, as each has to follow renames. */
function any(followers: readonly Follower[], event: Renamable): boolean {
  let found = false;
  for (const follower of followers) found = follower.matches(event) || found;
  return found;
}

/** One pattern, and the renamed containers that it matched before. */
class Follower {
  readonly pattern: NamePattern;
  readonly #changed: (id: string) => void;
  /** Created on first use: most containers are never renamed. */
  #followed: Set<string> | undefined;

  constructor(pattern: NamePattern, changed: (id: string) => void) {
    this.pattern = pattern;
    this.#changed = changed;
  }

  follows(id: string): boolean {
    return this.#followed?.has(id) === true;
  }

  matches(event: Renamable): boolean {
    const { action, id } = event;
    if (action === 'rename') this.#learn(event);
    const followed = this.follows(id);
    if (followed && action !== undefined && isRemoval(action)) this.#forget(id);
    return followed || this.pattern.matches(event);
  }

  #learn({ id, attributes }: Renamable): void {
    const name = oldName(attributes);
    if (name === undefined || !this.pattern.matches({ id, name }) || this.follows(id)) return;
    this.#followed ??= new Set();
    this.#followed.add(id);
    this.#changed(id);
    const [oldest] = this.#followed;
    if (this.#followed.size > FOLLOWED && oldest !== undefined) this.#forget(oldest);
  }

  #forget(id: string): void {
    this.#followed?.delete(id);
    this.#changed(id);
  }
}
