/** Measures texts in columns of a terminal, and cuts them. */
import stringWidth from 'string-width';

/**
 * Text of one column for each character: ASCII, and the signs of `glyphs.ts`. Other text needs ICU.
 */
const SIMPLE = /^[ -~✗■✓▶♥↻‖⚠…─×]*$/;

export function width(text: string): number {
  return SIMPLE.test(text) ? text.length : stringWidth(text);
}

export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

/** The longest prefix of the text that fits. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  if (SIMPLE.test(text)) return text.slice(0, Math.max(0, columns));
  let out = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += width(segment);
    if (used > columns) break;
    out += segment;
  }
  return out;
}

/** The text's start and end, with an ellipsis (of one column) in between if it does not fit. */
export function cutMiddle(text: string, columns: number, ellipsis: string): string {
  if (width(text) <= columns) return text;
  if (columns < 3) return cut(text, columns);
  const tail = Math.floor((columns - 1) / 2);
  if (SIMPLE.test(text)) return text.slice(0, columns - 1 - tail) + ellipsis + text.slice(-tail);
  const segments = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  let end = '';
  for (let i = segments.length - 1; i >= 0; i--) {
    const longer = (segments[i] as string) + end;
    if (width(longer) > tail) break;
    end = longer;
  }
  return cut(text, columns - 1 - width(end)) + ellipsis + end;
}
