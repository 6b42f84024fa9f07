/**
 * Podman's filters, which differ from Docker's: for each key one matching value is enough, and
 * objects match by type.
 */
import type { PodmanEvent } from '../../encoders/podman.ts';

type Test = (event: PodmanEvent) => boolean;
type Match = (value: string) => Test;

/** Matches by the whole name, or the beginning of the id. */
const object =
  (type: string): Match =>
  (value) =>
  (event) =>
    event.type === type && (event.name === value || (event.id !== '' && event.id.startsWith(value)));

const status: Match = (value) => (event) => event.status === value;

const keys: Readonly<Record<string, Match>> = {
  container: object('container'),
  image: object('image'),
  pod: object('pod'),
  volume: object('volume'),
  event: status,
  status,
  type:
    (value) =>
    ({ type }) =>
      type === value,
  label: (text) => {
    const [key = '', value] = text.split(/=(.*)/s, 2);
    return ({ attributes }) =>
      Object.hasOwn(attributes, key) && (value === undefined || attributes[key] === value);
  },
};

/**
 * Compiles filters to one test; keys may be in any case, as in podman.
 *
 * @throws RangeError if a key is unknown, with the known ones
 */
export function compile(filters: Readonly<Record<string, readonly string[]>>): Test {
  const tests = Object.entries(filters).map(([key, values]): Test => {
    const name = key.toLowerCase();
    const match = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (match === undefined) {
      throw new RangeError(
        `${JSON.stringify(key)} is an invalid filter: known are ${Object.keys(keys).sort().join(', ')}`,
      );
    }
    const any = values.map(match);
    return any.length === 0 ? () => true : (event) => any.some((test) => test(event));
  });
  return (event) => tests.every((test) => test(event));
}
