/** The themes by name, as `--theme` takes them. */

export const THEMES = ['auto', 'dark', 'light'] as const;
export type ThemeChoice = (typeof THEMES)[number];
