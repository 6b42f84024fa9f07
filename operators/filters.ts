/** Docker's filters, and what people miss in them: negation, and comparison of exit codes. */
import type { Described, Named } from './shapes.ts';

/** What filters look at. */
export interface Filterable extends Named, Described {
  readonly source?: { readonly engine: string } | undefined;
}

/**
 * Key to values: values of one key are alternatives (of `label`, all are required), keys are all required.
 * A key with `!` behind it excludes what one of its values matches; `exitCode` can have `<`, `<=`, `>`, `>=`.
 */
export type Filters = Readonly<Record<string, readonly string[]>>;

type Match = (event: Filterable, value: string) => boolean;

/** Actions that carry text (`exec_start: sh -c …`): where one is asked for, values are prefixes. */
const WITH_TEXT = new Set(['health_status', 'exec_create', 'exec_start']);

const byObject: Match = ({ id, name, attributes }, value) =>
  id.startsWith(value) || (name ?? attributes['name']) === value;

const keys: Readonly<Record<string, Match>> = {
  type: ({ type }, value) => type === value,
  event: ({ action }, value) => action === value,
  action: ({ action }, value) => action === value,
  name: ({ id, name }, value) => (name ?? id) === value,
  id: ({ id }, value) => id.startsWith(value),
  engine: ({ source }, value) => source?.engine === value,
  image: ({ id, name, type, attributes }, value) => {
    const image = type === 'image' ? (name ?? attributes['name'] ?? id) : attributes['image'];
    return image === value || (type === 'image' && id === value) || withoutTag(image) === value;
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
export function compileFilters(filters: Filters): (event: Filterable) => boolean {
  const tests = Object.entries(filters).flatMap(([key, values]) =>
    values.length ? [test(key, values)] : [],
  );
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
      `invalid filter ${JSON.stringify(text)}: not KEY=VALUE, KEY!=VALUE or exitCode>NUMBER; keys are ${FILTER_KEYS.join(', ')}`,
    );
  }
  const full = operator === '=' ? key : key + operator.replace('!=', '!');
  test(full, [value]);
  return [full, value];
}

function test(key: string, values: readonly string[]): (event: Filterable) => boolean {
  const [, name = '', operator = ''] = /^([A-Za-z]+)(!|<=|>=|<|>)?$/.exec(key) ?? [];
  const match = Object.hasOwn(keys, name) ? keys[name] : undefined;
  if (match === undefined) {
    throw new RangeError(`unknown filter ${JSON.stringify(key)}: keys are ${FILTER_KEYS.join(', ')}`);
  }
  if (name === 'exitCode') return exitCodes(operator, values);
  if (operator !== '' && operator !== '!') {
    throw new RangeError(
      `invalid filter ${JSON.stringify(key)}: only exitCode can be compared with ${operator}`,
    );
  }
  const any = name === 'event' || name === 'action' ? actions(values) : matcher(name, match, values);
  return operator === '!' ? (event) => !any(event) : any;
}

function matcher(name: string, match: Match, values: readonly string[]): (event: Filterable) => boolean {
  if (name === 'label') return (event) => values.every((value) => match(event, value));
  return (event) => values.some((value) => match(event, value));
}

function actions(values: readonly string[]): (event: Filterable) => boolean {
  if (values.some((value) => WITH_TEXT.has(value))) {
    return ({ action }) => values.some((value) => action.startsWith(value));
  }
  return ({ action }) => values.includes(action);
}

function exitCodes(operator: string, values: readonly string[]): (event: Filterable) => boolean {
  const numbers = values.map((value) => {
    if (!/^-?\d{1,10}$/.test(value)) {
      throw new RangeError(`invalid exit code ${JSON.stringify(value)}: a whole number, such as 0 or 137`);
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

/** `busybox` of `busybox:1.36`; a colon before the last slash is a port. */
function withoutTag(image: string | undefined): string | undefined {
  if (image === undefined) return undefined;
  const colon = image.lastIndexOf(':');
  return colon > image.lastIndexOf('/') ? image.slice(0, colon) : image;
}
