/** How many columns of a terminal a text takes, and making it fit. */
import stringWidth from 'string-width';

const ASCII = /^[ -~]*$/;

export function width(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

/** As much of the text's beginning as fits. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let out = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += width(segment);
    if (used > columns) break;
    out += segment;
  }
  return out;
}
