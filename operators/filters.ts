/** Docker's filters, and what people miss in them: negation, and comparison of exit codes. */
import { show } from './check.ts';
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
type Match = (event: Filterable, value: string) => boolean;

/** Actions that carry text (`exec_start: sh -c …`): where one is asked for, values are prefixes. */
const WITH_TEXT = new Set(['health_status', 'exec_create', 'exec_start']);

const actions: Match = ({ action }, value) => action === value;

const byObject: Match = ({ id, name, attributes }, value) =>
  id.startsWith(value) || (name ?? attributes['name']) === value;

const keys: Readonly<Record<string, Match>> = {
  type: ({ type }, value) => type === value,
  event: actions,
  action: actions,
  name: ({ id, name }, value) => (name ?? id) === value,
  id: ({ id }, value) => id.startsWith(value),
  engine: ({ source }, value) => source?.engine === value,
  image: ({ id, name, type, attributes }, value) => {
    const names = type === 'image' ? [id, name ?? attributes['name']] : [attributes['image']];
    return names.some((each) => each === value || withoutTag(each) === value);
  },
  label: ({ attributes }, value) => {
    const equals = value.indexOf('=');
    if (equals < 0) return Object.hasOwn(attributes, value);
    const key = value.slice(0, equals);
    return Object.hasOwn(attributes, key) && attributes[key] === value.slice(equals + 1);
  },
  scope: ({ attributes }, value) => (attributes['scope'] ?? 'local') === value,
  exitCode: ({ attributes }, value) => attributes['exitCode'] === value,
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
  const tests = Object.entries(filters).map(([key, values]) => test(key, values));
  return (event) => tests.every((matches) => matches(event));
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
  if (!Array.isArray(values)) {
    throw new RangeError(`invalid filter ${show(key)}: ${show(values)} is no list of values`);
  }
  if (values.length === 0) return () => true;
  if (name === 'exitCode') return exitCodes(operator, values);
  if (operator !== '' && operator !== '!') {
    throw new RangeError(`invalid filter ${show(key)}: only exitCode can be compared with ${operator}`);
  }
  if (name === 'label' && operator === '') return (event) => values.every((value) => match(event, value));
  const prefixes = match === actions && values.some((value) => WITH_TEXT.has(value));
  const one: Match = prefixes ? ({ action }, value) => action.startsWith(value) : match;
  const any: Test = (event) => values.some((value) => one(event, value));
  return operator === '!' ? (event) => !any(event) : any;
}

function exitCodes(operator: string, values: readonly string[]): Test {
  const numbers = values.map((value) => {
    if (!/^-?\d{1,10}$/.test(value)) {
      throw new RangeError(`invalid exit code ${show(value)}: a whole number, such as 0 or 137`);
    }
    return Number(value);
  });
  const compare: Record<string, (code: number, value: number) => boolean> = {
    '': (code, value) => code === value,
    '!': (code, value) => code === value,
    '<': (code, value) => code < value,
    '<=': (code, value) => code <= value,
    '>': (code, value) => code > value,
    '>=': (code, value) => code >= value,
  };
  const holds = compare[operator] as (code: number, value: number) => boolean;
  return ({ attributes }) => {
    const text = attributes['exitCode'];
    if (text === undefined) return false;
    const met = numbers.some((value) => holds(Number(text), value));
    return operator === '!' ? !met : met;
  };
}

/** `busybox` of `busybox:1.36` and of `busybox@sha256:…`; a colon before the last slash is a port. */
function withoutTag(image: string | undefined): string | undefined {
  return image?.replace(/@.*$/s, '').replace(/:[^/]*$/, '');
}
