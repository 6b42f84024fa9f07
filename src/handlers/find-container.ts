/** Finds a container by name or id. */
import { parseNamePattern } from '../../operators/name-pattern.ts';
import type { ContainerState } from '../../operators/container-state.ts';
import type { StateLookup } from '../../operators/state-table.ts';

/** States to search: a table is searched by its index. */
export type States = Iterable<ContainerState> | StateLookup;

/** Most containers of one name that an error lists. */
const LISTED = 10;

/**
 * Finds the container with that name, full id, or 12 or more digits of an id. An existing container
 * wins over removed ones of the same name; among these, the most recently removed wins.
 *
 * @throws RangeError if the name is invalid or several containers have it
 */
export function findContainer(states: States, name: string): ContainerState | undefined {
  const [first, second, ...more] = findContainers(states, name, LISTED + 1);
  if (second === undefined) return first;
  const there = [first as ContainerState, second, ...more];
  const each = there.slice(0, LISTED).map(({ engine = 'an engine', engineId, id }) => {
    const which = engineId === undefined ? engine : `${engine} ${engineId}`;
    return `${id.slice(0, 12)} of ${which}`;
  });
  if (there.length > LISTED) each.push('…');
  throw new RangeError(
    `several containers are called ${JSON.stringify(name)} (${each.join(', ')}): give an id`,
  );
}

/**
 * Finds every container with that name, full id, or 12 or more digits of an id, on any engine. If
 * none exists, the most recently removed one is found.
 *
 * @param most most containers to find
 * @throws RangeError if the name is invalid
 */
export function findContainers(
  states: States,
  name: string,
  most: number = Infinity,
): readonly ContainerState[] {
  const { exact, negated, matches } = parseNamePattern(name);
  if (exact === undefined || negated) {
    throw new RangeError(`invalid name ${JSON.stringify(name)}: give the name or id of one container`);
  }
  let removed: ContainerState | undefined;
  const there: ContainerState[] = [];
  for (const each of statesCalled(states, exact)) {
    if (!matches(each)) continue;
    if (each.state !== 'removed') there.push(each);
    else removed = each;
    if (there.length >= most) break;
  }
  const found = holders(there, exact);
  return found.length > 0 || removed === undefined ? found : [removed];
}

/** Engines with unique names whose removals can go unreported: their FIFO has no record for one. */
const UNIQUE = new Set(['monitor', 'isulad']);

/** Containers without those whose name a later container of the same engine has: they must be gone. */
function holders(found: readonly ContainerState[], name: string): readonly ContainerState[] {
  const isHeld = (one: ContainerState): boolean =>
    UNIQUE.has(one.engine ?? '') &&
    one.name === name &&
    found.some(
      (other) =>
        other.name === name &&
        other.engine === one.engine &&
        other.engineId === one.engineId &&
        BigInt(other.createdAt ?? 0) > BigInt(one.createdAt ?? 0),
    );
  return found.filter((each) => !isHeld(each));
}

/** Candidates for a name or id: all states, unless a table can look them up. */
export function statesCalled(states: States, nameOrId: string): Iterable<ContainerState> {
  return 'lookup' in states ? states.lookup(nameOrId) : states;
}
