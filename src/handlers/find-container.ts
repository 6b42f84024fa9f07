/** Finds a container by name or id. */
import { parseNamePattern } from '../../operators/name-pattern.ts';
import type { ContainerState } from '../../operators/container-state.ts';

/**
 * Finds the container with that name, full id, or 12 or more digits of an id. An existing container
 * wins over removed ones of the same name; among these, the most recently removed wins.
 *
 * @throws RangeError if the name is invalid or several containers have it
 */
export function findContainer(states: Iterable<ContainerState>, name: string): ContainerState | undefined {
  const { exact, negated, matches } = parseNamePattern(name);
  if (exact === undefined || negated) {
    throw new RangeError(
      `invalid name ${JSON.stringify(name)}: one container is wanted, give its name or id`,
    );
  }
  const found = [...states].filter(matches);
  const there = found.filter(({ state }) => state !== 'removed');
  const [first, second] = there;
  if (first === undefined) return found.at(-1);
  if (second === undefined) return first;
  const each = there
    .map(({ engine = 'an engine', engineId, id }) => {
      const which = engineId === undefined ? engine : `${engine} ${engineId}`;
      return `${id.slice(0, 12)} of ${which}`;
    })
    .join(', ');
  throw new RangeError(`several containers are called ${JSON.stringify(name)} (${each}): give an id`);
}
