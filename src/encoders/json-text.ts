/**
 * JSON strings that are safe to display: characters that control a terminal or the direction of
 * text are escaped.
 */

/**
 * Characters to escape: JSON's own, DEL and C1 controls (some terminals treat U+009B as ESC `[`),
 * line separators, and characters that change the direction of text. Surrogates are included to
 * find lone ones.
 */
// oxlint-disable-next-line no-control-regex -- these are what it is for
const SPECIAL = /["\\\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/;
const BEYOND_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The JSON string of a text; `JSON.parse` returns exactly the text, including lone surrogates. */
export function quote(text: string): string {
  return SPECIAL.test(text) ? stringify(text) : `"${text}"`;
}

/** `JSON.stringify` with output that is safe to display. */
export function stringify(value: unknown): string {
  return JSON.stringify(value).replace(BEYOND_JSON, escaped);
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
