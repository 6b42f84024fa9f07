/** Reads integers that `JSON.parse` would round: Docker's `timeNano` is beyond 2^53. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const COLON = /\s*:/y;
/** After a key: an integer of at most 19 digits, without fraction or exponent (`1.5`, `1e3`). */
const INTEGER = /\s*:\s*(-?\d{1,19})(?![\d.eE])/y;

/**
 * The exact value of an integer property of the outermost object, read from its text; `undefined`
 * if there is no such property or its value is not a plain 64-bit integer. If the property repeats,
 * the last one counts, as in `JSON.parse`.
 *
 * Strings are skipped and depth is counted: a label that contains `"timeNano":1`, or an inner
 * object with such a property, changes nothing.
 *
 * @param text a JSON object that `JSON.parse` accepts
 */
export function exactInteger(text: string, key: string): bigint | undefined {
  if (!text.startsWith('{')) return undefined;
  let found: bigint | undefined;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    else if (char === '"') {
      const end = endOfString(text, i);
      if (depth === 1 && isKey(text, i, end, key)) found = integerAt(text, end);
      i = end - 1;
    }
  }
  return found;
}

/** The index after a string's closing quote. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i + 1;
}

/**
 * Tests whether the string at `start` is the key, possibly written with escapes, and not a value.
 */
function isKey(text: string, start: number, end: number, key: string): boolean {
  const written = text.slice(start, end);
  const same = written.includes('\\') ? JSON.parse(written) === key : written === `"${key}"`;
  COLON.lastIndex = end;
  return same && COLON.test(text);
}

function integerAt(text: string, index: number): bigint | undefined {
  INTEGER.lastIndex = index;
  const digits = INTEGER.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const value = BigInt(digits);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
