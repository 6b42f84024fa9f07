/** Which container somebody means. */
import { parseNamePattern } from '../../operators/name-pattern.ts';
import type { ContainerState } from '../../operators/container-state.ts';

/**
 * The container of that name, full id, or 12 or more digits of an id. One that is there counts before those of the same name that
 * were removed, of which it is the one removed last.
 *
 * @throws RangeError when the name is none, or several containers have it
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
