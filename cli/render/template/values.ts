/** Fields of events for templates, and their output. */
import type { EngineEvent } from '../../../src/index.ts';
import { dockerAction, dockerAttributes, dockerJson, stringify } from '../../../src/internal.ts';

/**
 * An object of named fields, which Go prints in braces and without their names; a plain object is a
 * map.
 */
class Fields {
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.fields = fields;
  }

  toJSON(): unknown {
    return this.fields;
  }
}

/** Describes the error in a path, if there is one. */
export type PathCheck = (path: readonly string[]) => string | undefined;

/** The whole object of a template: `{{.}}`. */
export interface Root {
  /** Its output by the function `json`. */
  json(): string;
  /** The values that Go prints in braces. */
  values(): readonly unknown[];
}

class EventRoot implements Root {
  readonly #event: EngineEvent;

  constructor(event: EngineEvent) {
    this.#event = event;
  }

  json(): string {
    return dockerJson(this.#event);
  }

  values(): readonly unknown[] {
    return Object.values(DOCKER).map((field) => field(this.#event));
  }
}

/** The fields of Docker's templates, in their order. */
const DOCKER: Readonly<Record<string, (event: EngineEvent) => unknown>> = {
  Status: dockerAction,
  ID: ({ id }) => id,
  From: ({ attributes }) => attributes['image'] ?? '',
  Type: ({ type }) => type,
  Action: dockerAction,
  Actor: (event) => new Fields({ ID: event.id, Attributes: dockerAttributes(event) }),
  Scope: ({ attributes }) => attributes['scope'] ?? 'local',
  Time: ({ timeNano }) => timeNano / 1_000_000_000n,
  TimeNano: ({ timeNano }) => timeNano,
};

/** Additional fields of tidings. */
const FIELDS: Readonly<Record<string, (event: EngineEvent, cursor: string) => unknown>> = {
  ...DOCKER,
  Name: ({ name }) => name ?? '',
  Cursor: (_, cursor) => cursor,
  Source: ({ source }) => new Fields({ Engine: source.engine, Endpoint: source.endpoint ?? '' }),
};

/** The names below each field; a map can have any name. */
export type FieldNames = Readonly<Record<string, readonly string[] | 'any'>>;

const BELOW: FieldNames = {
  '': Object.keys(FIELDS),
  Actor: ['ID', 'Attributes'],
  'Actor.Attributes': 'any',
  Source: ['Engine', 'Endpoint'],
};

/** The error in a path of an event, if any. */
export const wrongPath: PathCheck = (path) => errorIn(path, BELOW);

/** The error in a path, if any. */
export function errorIn(path: readonly string[], names: FieldNames): string | undefined {
  for (let depth = 0; depth < path.length; depth++) {
    const above = path.slice(0, depth).join('.');
    const known = names[above];
    const name = path[depth] as string;
    if (known === 'any')
      return path.length > depth + 1 ? `.${above}.${name} is a text and has no fields` : undefined;
    if (known === undefined) return `.${above} has no fields`;
    if (!known.includes(name))
      return `unknown field .${[...path.slice(0, depth + 1)].join('.')}: known are ${known.join(', ')}`;
  }
  return undefined;
}

/** The value of a path without an error (see {@link wrongPath}). */
export function lookUp([first, ...rest]: readonly string[], event: EngineEvent, cursor: string): unknown {
  if (first === undefined) return new EventRoot(event);
  return below(FIELDS[first]?.(event, cursor), rest);
}

/** The value at a path below a value. */
export function below(start: unknown, path: readonly string[]): unknown {
  let value = start;
  for (const name of path) {
    const object = (value instanceof Fields ? value.fields : value) as Readonly<Record<string, unknown>>;
    // Go's output for a missing key of a map.
    value = Object.hasOwn(object, name) ? object[name] : '<no value>';
  }
  return value;
}

/** The output of Docker's `json` function. */
export function toJson(value: unknown): string {
  if (isRoot(value)) return value.json();
  return typeof value === 'bigint' ? String(value) : stringify(value);
}

/** The output of Go's fmt. */
export function print(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (isRoot(value)) return braces(value.values());
  if (value instanceof Fields) return braces(Object.values(value.fields));
  const entries = Object.entries(value).map(([key, each]) => `${key}:${print(each)}`);
  return `map[${entries.sort().join(' ')}]`;
}

function isRoot(value: unknown): value is Root {
  return typeof value === 'object' && value !== null && 'json' in value && typeof value.json === 'function';
}

function braces(values: readonly unknown[]): string {
  return `{${values.map(print).join(' ')}}`;
}
