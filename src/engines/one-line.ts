/** Foreign text in messages. */

/** Most characters of a quoted text. */
const LONGEST = 200;

/**
 * Quotes foreign text in a message: one line, without control and formatting characters, at most
 * 200 characters.
 */
export function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, LONGEST);
}
