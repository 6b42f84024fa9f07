/** Signs before details, and their ASCII forms for terminals without Unicode. */

type Sign =
  | 'alarm'
  | 'request'
  | 'done'
  | 'start'
  | 'health'
  | 'loop'
  | 'pause'
  | 'gap'
  | 'ellipsis'
  | 'rule'
  | 'times';

/** Each is one column wide. */
export type Glyphs = Readonly<Record<Sign, string>>;

export const UNICODE: Glyphs = {
  alarm: '✗',
  request: '■',
  done: '✓',
  start: '▶',
  health: '♥',
  loop: '↻',
  pause: '‖',
  gap: '⚠',
  ellipsis: '…',
  rule: '─',
  times: '×',
};

export const ASCII: Glyphs = {
  alarm: 'x',
  request: '#',
  done: '+',
  start: '>',
  health: '*',
  loop: '@',
  pause: '=',
  gap: '!',
  ellipsis: '~',
  rule: '-',
  times: 'x',
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The signs that the terminal can show: by the character set in LC_ALL, LC_CTYPE or LANG; ASCII on
 * the Linux console.
 */
export function glyphsFor({ LC_ALL, LC_CTYPE, LANG, TERM = '' }: Environment): Glyphs {
  // Without a setting, UTF-8 is the usual character set.
  const locale = LC_ALL || LC_CTYPE || LANG || 'C.UTF-8';
  return /utf-?8/i.test(locale) && TERM !== 'linux' ? UNICODE : ASCII;
}
