import { describe, expect, it } from 'vitest';
import { createTheme, PALETTES, themeOf, type ThemeName } from '../../../cli/render/theme.ts';

const LEVELS = [0, 95, 135, 175, 215, 255];

/** Red, green and blue of one of the 256 colours, from 16 on (xterm). */
function rgb(colour: number): readonly [number, number, number] {
  if (colour >= 232) {
    const grey = 8 + 10 * (colour - 232);
    return [grey, grey, grey];
  }
  const n = colour - 16;
  return [LEVELS[Math.floor(n / 36)] ?? 0, LEVELS[Math.floor(n / 6) % 6] ?? 0, LEVELS[n % 6] ?? 0];
}

/** Relative luminance (WCAG 2.1). */
function luminance(colour: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: readonly number[], other: readonly number[]): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const BLACK = [0, 0, 0];
const WHITE = [255, 255, 255];

describe.each<[ThemeName, readonly number[], readonly number[]]>([
  ['dark', BLACK, WHITE],
  ['light', WHITE, BLACK],
])('the %s theme', (name, own, other) => {
  const { names, tones, names16 } = PALETTES[name];

  it.each([...new Set([...names, ...Object.values(tones)])])('can be read: colour %d', (colour) => {
    expect(contrast(rgb(colour), own)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(rgb(colour), other)).toBeGreaterThanOrEqual(3);
  });

  it('has distinct colours for names, none of which is the red of an alarm', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(names).not.toContain(tones.alarm);
    for (const [i, one] of names.entries()) {
      for (const two of names.slice(i + 1)) {
        const distance = Math.hypot(...rgb(one).map((value, k) => value - (rgb(two)[k] ?? 0)));
        expect(distance, `${one} and ${two}`).toBeGreaterThan(35);
      }
    }
  });

  it.each([1, 2] as const)('keeps the colour of a name, and gives no two the same at level %d', (level) => {
    const count = level === 1 ? names16.length : names.length;
    const theme = createTheme(level, name);
    const all = Array.from({ length: count }, (_, i) => theme.name(`web-${i}`)('x'));
    expect(new Set(all).size).toBe(count);
    expect(all.map((_, i) => theme.name(`web-${i}`)('x'))).toEqual(all);
    // One more shares a colour, and takes none away.
    expect(all).toContain(theme.name('one-more')('x'));
    expect(theme.name('web-0')('x')).toBe(all[0]);
  });

  it('gives a name the same colour in every run', () => {
    const first = createTheme(2, name).name('web-1')('x');
    expect(createTheme(2, name).name('web-1')('x')).toBe(first);
  });
});

describe('themeOf', () => {
  it.each([
    ['auto', '15;0', 'dark'],
    ['auto', '0;15', 'light'],
    ['auto', '0;default;7', 'light'],
    ['auto', undefined, 'dark'],
    ['light', '15;0', 'light'],
    ['dark', '0;15', 'dark'],
  ] as const)('%s with COLORFGBG=%s is %s', (choice, ground, theme) => {
    expect(themeOf(choice, { COLORFGBG: ground })).toBe(theme);
  });
});
