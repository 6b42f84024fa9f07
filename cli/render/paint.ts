/** Colours and bold text as escape sequences of terminals (ECMA-48, SGR). */

/** Puts a text between the sequences that switch a colour on and off. */
export type Paint = (text: string) => string;

export const plain: Paint = (text) => text;

const BASIC = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;
type Basic = (typeof BASIC)[number];

/** A colour that every terminal has. */
export type Colour16 = Basic | `${Basic}Bright` | 'gray';

export const bold: Paint = between(1, 22);

export function colour16(name: Colour16): Paint {
  if (name === 'gray') return between(90, 39);
  const bright = name.endsWith('Bright');
  return between((bright ? 90 : 30) + BASIC.indexOf(name.replace('Bright', '') as Basic), 39);
}

/** @param colour number of a colour among 256 */
export function colour256(colour: number): Paint {
  return between(`38;5;${colour}`, 39);
}

function between(on: number | string, off: number): Paint {
  const [start, end] = [`\u001b[${on}m`, `\u001b[${off}m`];
  return (text) => (text === '' ? '' : start + text + end);
}
