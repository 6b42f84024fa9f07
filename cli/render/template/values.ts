/** What templates see of an event, and how they print it. */
import {
  dockerAction,
  dockerAttributes,
  dockerJson,
  type EngineEvent,
  stringify,
} from '../../../src/index.ts';

/** What a field is: a text or a number, attributes, or an object of such. */
type Value = string | number | bigint | Composite;
interface Composite {
  readonly [key: string]: Value | undefined;
}

/** The event as Docker's templates see it, and what only we have: Name, Cursor, Source. */
const FIELDS: Readonly<Record<string, (event: EngineEvent, cursor: string) => Value>> = {
  ID: ({ id }) => id,
  Status: (event) => dockerAction(event),
  From: ({ attributes }) => attributes['image'] ?? '',
  Type: ({ type }) => type,
  Action: (event) => dockerAction(event),
  Actor: (event) => ({ ID: event.id, Attributes: dockerAttributes(event) }),
  Scope: ({ attributes }) => attributes['scope'] ?? 'local',
  Time: ({ timeNano }) => timeNano / 1_000_000_000n,
  TimeNano: ({ timeNano }) => timeNano,
  Name: ({ name }) => name ?? '',
  Cursor: (_, cursor) => cursor,
  Source: ({ source }) => ({ Engine: source.engine, Endpoint: source.endpoint ?? '' }),
};

/** The names below a field; of attributes any. */
const BELOW: Readonly<Record<string, readonly string[] | 'any'>> = {
  '': Object.keys(FIELDS),
  Actor: ['ID', 'Attributes'],
  'Actor.Attributes': 'any',
  Source: ['Engine', 'Endpoint'],
};

/** Says what is wrong with a path, if anything. */
export function wrongPath(path: readonly string[]): string | undefined {
  for (let depth = 0; depth < path.length; depth++) {
    const above = path.slice(0, depth).join('.');
    const known = BELOW[above];
    const name = path[depth] as string;
    if (known === 'any')
      return path.length > depth + 1 ? `.${above}.${name} is a text and has no fields` : undefined;
    if (known === undefined) return `.${above} has no fields`;
    if (!known.includes(name))
      return `unknown field .${[...path.slice(0, depth + 1)].join('.')}: known are ${known.join(', ')}`;
  }
  return undefined;
}

/** The event itself, of which `json` makes what Docker's API says. */
class Root {
  readonly event: EngineEvent;
  constructor(event: EngineEvent) {
    this.event = event;
  }
}

/** The value of a path that {@link wrongPath} has nothing against. */
export function lookUp([first, ...rest]: readonly string[], event: EngineEvent, cursor: string): unknown {
  if (first === undefined) return new Root(event);
  let value: unknown = FIELDS[first]?.(event, cursor);
  for (const name of rest) {
    const object = value as Composite;
    // As Go prints a key that a map does not have.
    value = Object.hasOwn(object, name) ? object[name] : '<no value>';
  }
  return value;
}

/** As Docker's `json` function makes it. */
export function toJson(value: unknown): string {
  if (value instanceof Root) return dockerJson(value.event);
  return typeof value === 'bigint' ? String(value) : stringify(value);
}

/** As Go's fmt prints it: a map in brackets, its keys sorted. */
export function print(value: unknown): string {
  if (value instanceof Root) return toJson(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const keys = Object.keys(value).sort();
  return `map[${keys.map((key) => `${key}:${print((value as Composite)[key])}`).join(' ')}]`;
}
