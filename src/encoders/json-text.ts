/** Strings as JSON that is also safe to look at: what steers a terminal or turns text around is escaped. */

/**
 * What JSON itself escapes, and besides: DEL and C1 controls (some terminals obey U+009B as they do ESC `[`), line
 * separators, and the characters that change the direction of text. Surrogates are here to find lone ones.
 */
// oxlint-disable-next-line no-control-regex -- these are what it is for
const SPECIAL = /["\\\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/;
const BEYOND_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The JSON string for a text; `JSON.parse` gives back exactly the text, lone surrogates included. */
export function quote(text: string): string {
  return SPECIAL.test(text) ? stringify(text) : `"${text}"`;
}

/** `JSON.stringify`, safe to look at. */
export function stringify(value: unknown): string {
  return JSON.stringify(value).replace(BEYOND_JSON, escaped);
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
