/** Docker's filters, extended by negation, globs, and comparison of exit codes. */
import { show } from './check.ts';
import { exitCodeOf, wholeNumber } from './exit-code.ts';
import { compileGlob } from './glob.ts';
import type { Described, Named, Sourced } from './shapes.ts';

/** The fields that filters test. */
export interface Filterable extends Named, Described, Sourced {
  /** Reach of the event: `swarm`. Default `local`. */
  readonly scope?: string | undefined;
}

/** A key whose values are texts, and can be globs. */
type TextName =
  | ('action' | 'config' | 'container' | 'daemon' | 'engine' | 'event' | 'host' | 'id' | 'image')
  | ('label' | 'name')
  | ('network' | 'node' | 'plugin' | 'pod' | 'scope' | 'secret' | 'service' | 'type' | 'volume');

type FilterName = TextName | 'exitCode';

/**
 * A key with its operator: empty, `!` (excludes), `~` and `!~` (globs); for `exitCode` also `<`,
 * `<=`, `>` and `>=`.
 */
export type FilterKey =
  | FilterName
  | `${FilterName}!`
  | `${TextName}~`
  | `${TextName}!~`
  | `exitCode${'<' | '<=' | '>' | '>='}`;

/**
 * Maps keys to values. Values of one key are alternatives (of `label`, all are required), and all
 * keys are required.
 *
 * A key followed by `!` excludes events that match one of its values. The values of a key followed
 * by `~` are globs (`*`, `?`, `[a-z]`), further alternatives to those of the key without it; `!~`
 * excludes. `exitCode` can be followed by `<`, `<=`, `>`, `>=`, and every filter on `exitCode`
 * selects only events with an exit code. A key without values selects everything.
 *
 * A glob has at most 1,000 characters. A glob that is more than a prefix (`web-*`) matches no text
 * longer than 4,096 characters, and only tests label names up to that total length.
 */
export type Filters = { readonly [K in FilterKey]?: readonly string[] };

type Test = (event: Filterable) => boolean;

/** A test of a text: equal, with a prefix, or matching a glob. */
type TextTest = (text: string | undefined) => boolean;

/** Comparison with a key's values: the key's own, or as globs. */
type Comparison = (value: string) => TextTest;

const equal: Comparison = (value) => (text) => text === value;

const prefix: Comparison = (value) => (text) => text !== undefined && text.startsWith(value);

/**
 * Longest glob; and the longest text, or total of one event's label names, that it is matched
 * against: in characters.
 */
const LONGEST_GLOB = 1000;
const LONGEST_TEXT = 4096;

/** Prefixes (`web-*`) are cheap, so they are tested in longer texts too. */
const isPrefix = (value: string): boolean => /^[^*?[]*\*$/.test(value);

const glob: Comparison = (value) => {
  if (value.length > LONGEST_GLOB)
    throw new RangeError(`invalid glob ${show(value)}: longer than ${LONGEST_GLOB} characters`);
  const longest = isPrefix(value) ? Number.POSITIVE_INFINITY : LONGEST_TEXT;
  const matches = compileGlob(value, (position, wrong) => {
    throw new RangeError(`invalid glob ${show(value)}: ${wrong} at position ${position}`);
  });
  return (text) => text !== undefined && text.length <= longest && matches(text);
};

/** With or without tag and digest. A colon before a slash belongs to a port. */
const image: Comparison = (value) => (text) => {
  if (text === undefined || !text.startsWith(value)) return false;
  const next = text.charAt(value.length);
  return next === '' || next === '@' || (next === ':' && !text.includes('/', value.length));
};

/** Parses a filter's value once, and makes the test of an event. */
type Match = (value: string, compare: Comparison) => Test;

interface Key {
  readonly compare: Comparison;
  readonly match: Match;
}

/** Actions that carry text (`exec_start: sh -c …`): values that name one are prefixes. */
const WITH_TEXT = new Set(['health_status', 'exec_create', 'exec_start']);

/** By a prefix of the id or of the name, as in dockerd: `web` matches `web-1` too. */
const object: Key = {
  compare: prefix,
  match: (value, compare) => {
    const matches = compare(value);
    return ({ id, name, attributes }) => matches(id) || matches(name ?? attributes['name']);
  },
};

/** By one text of an event. */
function text(compare: Comparison, textOf: (event: Filterable) => string | undefined): Key {
  return {
    compare,
    match: (value, compare) => {
      const matches = compare(value);
      return (event) => matches(textOf(event));
    },
  };
}

const label: Match = (value, compare) => {
  const equals = value.indexOf('=');
  if (equals < 0) {
    if (compare === equal) return ({ attributes }) => Object.hasOwn(attributes, value);
    const matches = compare(value);
    const longest = isPrefix(value) ? Number.POSITIVE_INFINITY : LONGEST_TEXT;
    return ({ attributes }) => {
      let length = 0;
      for (const key of Object.keys(attributes)) {
        length += key.length;
        if (length > longest) return false;
        if (matches(key)) return true;
      }
      return false;
    };
  }
  const key = value.slice(0, equals);
  const matches = compare(value.slice(equals + 1));
  return ({ attributes }) => Object.hasOwn(attributes, key) && matches(attributes[key]);
};

const action: Key = text(equal, (event) => event.action);

const keys: Readonly<Record<TextName, Key>> = {
  type: text(equal, ({ type }) => type),
  event: action,
  action,
  name: text(equal, ({ id, name }) => name ?? id),
  id: text(prefix, ({ id }) => id),
  engine: text(equal, ({ source }) => source?.engine),
  host: text(equal, ({ source }) => source?.host),
  image: {
    compare: image,
    match: (value, compare) => {
      const matches = compare(value);
      return ({ id, name, type, attributes }) =>
        type === 'image' ? matches(id) || matches(name ?? attributes['name']) : matches(attributes['image']);
    },
  },
  label: { compare: equal, match: label },
  scope: text(equal, (event) => event.scope ?? 'local'),
  container: object,
  daemon: object,
  network: object,
  volume: object,
  plugin: object,
  node: object,
  service: object,
  secret: object,
  config: object,
  pod: object,
};

/** Every key of filters, without an operator. */
export const FILTER_KEYS: readonly string[] = [...Object.keys(keys), 'exitCode'].sort();

/** Tests for a key of filters, without an operator. */
export function isFilterName(key: string): key is FilterName {
  return FILTER_KEYS.includes(key);
}

/**
 * Compiles filters to one test. Filters from outside can be a record with any keys: they are
 * checked here.
 *
 * @throws RangeError at the call if a key is unknown (with the known ones), an exit code is not a
 *   number, or a glob is invalid
 */
export function compileFilters(filters: Filters): Test {
  const groups = new Map<string, Group>();
  for (const [key, values] of Object.entries(filters)) {
    const { name, operator } = parseKey(key);
    if (!Array.isArray(values) || !values.every((value) => typeof value === 'string')) {
      throw new RangeError(`invalid filter ${show(key)}: ${show(values)} is not a list of texts`);
    }
    if (values.length === 0) continue;
    // Texts and globs of one key are alternatives.
    const comparison = operator.replace('~', '');
    const group = groups.get(name + comparison) ?? { name, comparison, texts: [], globs: [] };
    groups.set(name + comparison, group);
    group[operator.endsWith('~') ? 'globs' : 'texts'].push(...values);
  }
  return all([...groups.values()].map(test));
}

/**
 * Lists of actions, and of attributes (`key=value`), of which every matching event has at least one
 * each: for a source with an index of them.
 */
export function exactValues(filters: Filters): {
  readonly actions: readonly (readonly string[])[];
  readonly attributes: readonly string[];
} {
  const actions = (['event', 'action'] as const).flatMap((name) => {
    const values = filters[name] ?? [];
    const isExact = (filters[`${name}~`] ?? []).length === 0 && !values.some((value) => WITH_TEXT.has(value));
    return isExact && values.length > 0 ? [values] : [];
  });
  return { actions, attributes: (filters.label ?? []).filter((value) => value.includes('=')) };
}

interface Group {
  readonly name: FilterName;
  /** Empty, `!`, or a comparison of exit codes. */
  readonly comparison: string;
  readonly texts: string[];
  readonly globs: string[];
}

function parseKey(key: string): { readonly name: FilterName; readonly operator: string } {
  const [, name = '', operator = ''] = /^([A-Za-z]+)(!~|!|~|<=|>=|<|>)?$/.exec(key) ?? [];
  if (!isFilterName(name)) {
    throw new RangeError(`unknown filter ${show(key)}: keys are ${FILTER_KEYS.join(', ')}`);
  }
  if (name !== 'exitCode' && /[<>]/.test(operator)) {
    throw new RangeError(`invalid filter ${show(key)}: only exitCode can be compared with ${operator}`);
  }
  if (name === 'exitCode' && operator.includes('~')) {
    throw new RangeError(`invalid filter ${show(key)}: an exit code is a number, not a glob`);
  }
  return { name, operator };
}

function test({ name, comparison, texts, globs }: Group): Test {
  if (name === 'exitCode') return exitCodes(comparison, texts);
  const { compare, match } = keys[name];
  const withText = keys[name] === action && texts.some((value) => WITH_TEXT.has(value));
  const tests = [
    ...texts.map((value) => match(value, withText ? prefix : compare)),
    ...globs.map((value) => match(value, glob)),
  ];
  if (comparison === '!') return not(any(tests));
  return name === 'label' ? all(tests) : any(tests);
}

function exitCodes(operator: string, values: readonly string[]): Test {
  const met = any(values.map((value) => exitCode(operator, value)));
  if (operator !== '!') return met;
  return (event) => exitCodeOf(event.attributes) !== undefined && !met(event);
}

const comparisons: Readonly<Record<string, (code: number, value: number) => boolean>> = {
  '': (code, value) => code === value,
  '!': (code, value) => code === value,
  '<': (code, value) => code < value,
  '<=': (code, value) => code <= value,
  '>': (code, value) => code > value,
  '>=': (code, value) => code >= value,
};

function exitCode(operator: string, text: string): Test {
  const value = wholeNumber(text);
  if (value === undefined) {
    throw new RangeError(`invalid exit code ${show(text)}: a whole number, such as 0 or 137`);
  }
  const holds = comparisons[operator] as (code: number, value: number) => boolean;
  return ({ attributes }) => {
    const code = exitCodeOf(attributes);
    return code !== undefined && holds(code, value);
  };
}

// These run for every event: plain loops, and no loop for a single test.

function all(tests: readonly Test[]): Test {
  const [only] = tests;
  if (only !== undefined && tests.length === 1) return only;
  return (event) => {
    for (const holds of tests) if (!holds(event)) return false;
    return true;
  };
}

function any(tests: readonly Test[]): Test {
  const [only] = tests;
  if (only !== undefined && tests.length === 1) return only;
  return (event) => {
    for (const holds of tests) if (holds(event)) return true;
    return false;
  };
}

function not(holds: Test): Test {
  return (event) => !holds(event);
}
