/**
 * Makes text from containers safe to display: it cannot control a terminal, fake a line or change
 * the direction of text.
 */

// C0 and C1 controls, DEL, line separators, marks and overrides of direction, and lone surrogates.
const EACH =
  // oxlint-disable-next-line no-control-regex -- these are what it is for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

/** Ordinary text, which needs no closer look. */
const ORDINARY = /^[ -~]*$/;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text with every such character written out: `\n`, `\x1b`, `\u202e`. */
export function safe(text: string): string {
  return ORDINARY.test(text) ? text : text.replace(EACH, writtenOut);
}

function writtenOut(char: string): string {
  const code = char.charCodeAt(0);
  const hex = code.toString(16);
  return SHORT[char] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`);
}
