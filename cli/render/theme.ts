/** The colours of formats for people, for dark and for light terminals. */
import { foldedHash } from '../../src/hash.ts';
import type { ColourLevel } from './colour.ts';
import { bold, type Colour16, colour16, colour256, type Paint, plain } from './paint.ts';
import type { ThemeChoice } from './theme-choice.ts';

export type ThemeName = Exclude<ThemeChoice, 'auto'>;

/**
 * The meaning of a colour. `alarm`: an unrequested failure that needs attention. `quiet`: less
 * interesting.
 */
const TONES = ['alarm', 'warning', 'good', 'neutral', 'gone', 'quiet'] as const;
export type Tone = (typeof TONES)[number];

interface Palette {
  /**
   * From 256 colours: contrast at least 4.5:1 on this theme's background and 3:1 on the other's.
   */
  readonly tones: Readonly<Record<Tone, number>>;
  /** Colours of names: distinct hues, without red and grey, which have a meaning. */
  readonly names: readonly number[];
  /** The same for a terminal of 16 colours. */
  readonly tones16: Readonly<Record<Tone, Colour16>>;
  readonly names16: readonly Colour16[];
}

/** A colour of the cube of 256 as red, green, blue: 0 to 255 each. */
export const PALETTES: Readonly<Record<ThemeName, Palette>> = {
  dark: {
    tones: { alarm: 196, warning: 136, good: 64, neutral: 31, gone: 133, quiet: 102 },
    names: [166, 136, 64, 29, 30, 32, 69, 99, 135, 165, 199],
    tones16: {
      ...{ alarm: 'redBright', warning: 'yellow', good: 'green' },
      ...{ neutral: 'cyan', gone: 'magenta', quiet: 'gray' },
    },
    names16: [
      'green',
      'yellow',
      'cyan',
      'magenta',
      'greenBright',
      'blueBright',
      'magentaBright',
      'cyanBright',
    ],
  },
  light: {
    tones: { alarm: 160, warning: 94, good: 28, neutral: 25, gone: 127, quiet: 242 },
    names: [130, 94, 58, 28, 29, 25, 27, 62, 93, 128, 163],
    tones16: {
      ...{ alarm: 'red', warning: 'magenta', good: 'green' },
      ...{ neutral: 'blue', gone: 'magenta', quiet: 'gray' },
    },
    names16: ['green', 'blue', 'magenta', 'cyan'],
  },
};

/**
 * The theme for a terminal. `auto` uses COLORFGBG, in which some terminals state the number of
 * their background; without it, dark.
 */
export function themeOf(
  choice: ThemeChoice,
  { COLORFGBG: ground = '' }: Readonly<Record<string, string | undefined>>,
): ThemeName {
  if (choice !== 'auto') return choice;
  const background = /;(\d+)$/.exec(ground)?.[1];
  return background === '7' || background === '15' ? 'light' : 'dark';
}

export interface Theme {
  tone(tone: Tone): Paint;
  /**
   * The colour of a name, which stays the same: by its hash, or the next free colour if another
   * name has that one.
   */
  name(name: string): Paint;
  readonly bold: Paint;
}

/** Most remembered names. */
const MOST_NAMES = 10_000;

export function createTheme(level: ColourLevel, name: ThemeName): Theme {
  if (level === 0) return { tone: () => plain, name: () => plain, bold: plain };
  const { tones, names, tones16, names16 } = PALETTES[name];
  const paints = level === 1 ? names16.map(colour16) : names.map(colour256);
  const toned = (tone: Tone): Paint => (level === 1 ? colour16(tones16[tone]) : colour256(tones[tone]));
  const byTone = Object.fromEntries(TONES.map((tone) => [tone, toned(tone)])) as Record<Tone, Paint>;
  const taken = new Map<string, Paint>();
  const free = new Set(paints.keys());
  const choose = (text: string): Paint => {
    let place = foldedHash(text) % paints.length;
    while (free.size > 0 && !free.has(place)) place = (place + 1) % paints.length;
    free.delete(place);
    if (taken.size >= MOST_NAMES) taken.clear();
    const paint = paints[place] as Paint;
    taken.set(text, paint);
    return paint;
  };
  return { tone: (tone) => byTone[tone], name: (text) => taken.get(text) ?? choose(text), bold };
}
