/** Describes a selection of events. */
import type { When } from '../../src/index.ts';

/**
 * The words of a selection, as in `tidings events`.
 *
 * @param all the text for a selection without conditions
 */
export function describeWhen({ name, filters, often }: When, all: string): string {
  const shown = Object.entries(filters).filter(([key, [first]]) => key !== 'type' || first !== 'container');
  const parts = [
    ...name.map((pattern) => `name=${pattern}`),
    ...shown.flatMap(([key, values]) => values.map((value) => `${operatorOf(key)}${value}`)),
  ];
  const what = parts.length === 0 ? all : parts.join(' ');
  return often === undefined ? what : `${what} ${often.times} times in ${Number(often.within) / 1e9}s`;
}

/** Converts the key `exitCode!` to `exitCode!=`. */
function operatorOf(key: string): string {
  return /[<>~]$/.test(key) ? key : `${key}=`;
}
