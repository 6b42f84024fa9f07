/** Colours: of containers by their names, and of the theme for the canvas. */

import { foldedHash } from '../../src/hash.ts';

/** Hues apart from those of alarms, which are red, orange and violet. */
const HUES = [150, 172, 192, 205, 218, 232, 95, 120, 50, 250, 185, 75];

export interface Theme {
  readonly dark: boolean;
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly paper: string;
  readonly panel: string;
  readonly accent: string;
  readonly gap: string;
  readonly fates: Readonly<Record<string, string>>;
}

const known = new Map<string, string>();

/** The colour of a container's bars. */
export function barColour(name: string, dark: boolean): string {
  const key = `${dark ? 'd' : 'l'}${name}`;
  let colour = known.get(key);
  if (colour === undefined) {
    const hash = foldedHash(name);
    const hue = HUES[hash % HUES.length] as number;
    const step = (hash >>> 8) % 3;
    colour = dark
      ? `hsl(${hue} ${34 + step * 6}% ${44 + step * 5}%)`
      : `hsl(${hue} ${40 + step * 6}% ${58 + step * 5}%)`;
    if (known.size > 20_000) known.clear();
    known.set(key, colour);
  }
  return colour;
}

let current: Theme | undefined;

/** The theme of the style sheet; read again when the preference of the user changes. */
export function readTheme(): Theme {
  const { matches } = matchMedia('(prefers-color-scheme: dark)');
  return current?.dark === matches ? current : (current = read(matches));
}

function read(dark: boolean): Theme {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    dark,
    ink: value('ink'),
    soft: value('soft'),
    line: value('line'),
    paper: value('paper'),
    panel: value('panel'),
    accent: value('accent'),
    gap: value('gap'),
    fates: Object.fromEntries(
      ['finished', 'asked', 'failed', 'oom', 'killed', 'unknown', 'unhealthy'].map((fate) => [
        fate,
        value(fate),
      ]),
    ),
  };
}
