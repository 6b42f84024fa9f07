/** Docker's filters, and what people miss in them: negation, and comparison of exit codes. */
import { show } from './check.ts';
import { exitCodeOf, wholeNumber } from './exit-code.ts';
import type { Described, Named, Sourced } from './shapes.ts';

/** What filters look at. */
export interface Filterable extends Named, Described, Sourced {}

/**
 * Key to values: values of one key are alternatives (of `label`, all are required), keys are all required.
 * A key with `!` behind it excludes what one of its values matches; `exitCode` can have `<`, `<=`, `>`, `>=`
 * behind it. Every filter on `exitCode` selects only what has an exit code. A key without values asks for nothing.
 */
export type Filters = Readonly<Record<string, readonly string[]>>;

type Test = (event: Filterable) => boolean;

/** Reads a filter's value once, and makes the question that is asked of every event. */
type Match = (value: string) => Test;

/** Actions that carry text (`exec_start: sh -c …`): where one is asked for, values are prefixes. */
const WITH_TEXT = new Set(['health_status', 'exec_create', 'exec_start']);

const byAction: Match =
  (value) =>
  ({ action }) =>
    action === value;

const byActionPrefix: Match =
  (value) =>
  ({ action }) =>
    action.startsWith(value);

/** By the beginning of the id or of the name, as dockerd does: `web` means `web-1` too. */
const byObject: Match =
  (value) =>
  ({ id, name, attributes }) =>
    id.startsWith(value) || (name ?? attributes['name'])?.startsWith(value) === true;

const byImage: Match =
  (value) =>
  ({ id, name, type, attributes }) =>
    type === 'image'
      ? isImage(id, value) || isImage(name ?? attributes['name'], value)
      : isImage(attributes['image'], value);

const byLabel: Match = (value) => {
  const equals = value.indexOf('=');
  if (equals < 0) return ({ attributes }) => Object.hasOwn(attributes, value);
  const key = value.slice(0, equals);
  const text = value.slice(equals + 1);
  return ({ attributes }) => attributes[key] === text && Object.hasOwn(attributes, key);
};

const keys: Readonly<Record<string, Match>> = {
  type:
    (value) =>
    ({ type }) =>
      type === value,
  event: byAction,
  action: byAction,
  name:
    (value) =>
    ({ id, name }) =>
      (name ?? id) === value,
  id:
    (value) =>
    ({ id }) =>
      id.startsWith(value),
  engine:
    (value) =>
    ({ source }) =>
      source?.engine === value,
  image: byImage,
  label: byLabel,
  scope:
    (value) =>
    ({ attributes }) =>
      (attributes['scope'] ?? 'local') === value,
  exitCode: (value) => exitCode('', value),
  ...Object.fromEntries(
    ['container', 'daemon', 'network', 'volume', 'plugin', 'node', 'service', 'secret', 'config', 'pod'].map(
      (key) => [key, byObject],
    ),
  ),
};

/** Every key that filters can have, without what may stand behind it. */
export const FILTER_KEYS: readonly string[] = Object.keys(keys).sort();

/**
 * Makes one question of filters.
 *
 * @throws RangeError at the call on an unknown key (naming the known ones) or an exit code that is no number
 */
export function compileFilters(filters: Filters): Test {
  return all(Object.entries(filters).map(([key, values]) => test(key, values)));
}

/**
 * Reads one filter as it is written on a command line: `event=die`, `label=tier=web`, `name!=db`, `exitCode>0`.
 *
 * @returns its key, with the operator behind it unless that is `=`, and its value
 * @throws RangeError when it is none
 */
export function parseFilter(text: string): readonly [key: string, value: string] {
  const [, key = '', operator = '', value = ''] = /^([A-Za-z]+)(!=|<=|>=|=|<|>)(.*)$/s.exec(text) ?? [];
  if (key === '') {
    throw new RangeError(
      `invalid filter ${show(text)}: not KEY=VALUE, KEY!=VALUE or exitCode>NUMBER; keys are ${FILTER_KEYS.join(', ')}`,
    );
  }
  const full = operator === '=' ? key : key + operator.replace('!=', '!');
  test(full, [value]);
  return [full, value];
}

/**
 * Reads filters as they are written on a command line, those of one key together.
 *
 * @throws RangeError as {@link parseFilter}
 */
export function parseFilters(texts: readonly string[]): Filters {
  const filters: Record<string, string[]> = {};
  for (const text of texts) {
    const [key, value] = parseFilter(text);
    (filters[key] ??= []).push(value);
  }
  return filters;
}

function test(key: string, values: readonly string[]): Test {
  const [, name = '', operator = ''] = /^([A-Za-z]+)(!|<=|>=|<|>)?$/.exec(key) ?? [];
  const match = Object.hasOwn(keys, name) ? keys[name] : undefined;
  if (match === undefined) {
    throw new RangeError(`unknown filter ${show(key)}: keys are ${FILTER_KEYS.join(', ')}`);
  }
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'string')) {
    throw new RangeError(`invalid filter ${show(key)}: ${show(values)} is no list of texts`);
  }
  if (values.length === 0) return () => true;
  if (name === 'exitCode') return exitCodes(operator, values);
  if (operator !== '' && operator !== '!') {
    throw new RangeError(`invalid filter ${show(key)}: only exitCode can be compared with ${operator}`);
  }
  const withText = match === byAction && values.some((value) => WITH_TEXT.has(value));
  const tests = values.map(withText ? byActionPrefix : match);
  if (operator === '!') return not(any(tests));
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

// These are asked of every event that there is: plain loops, and none where there is but one question.

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

/** Whether an image is the one named, with or without its tag and digest. A colon before a slash is a port. */
function isImage(image: string | undefined, name: string): boolean {
  if (image === undefined || !image.startsWith(name)) return false;
  const next = image.charAt(name.length);
  return next === '' || next === '@' || (next === ':' && !image.includes('/', name.length));
}
