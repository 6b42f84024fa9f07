/** Keys of a terminal, from the bytes that it sends. */

/** A printable character, or the name of a key. */
export type Key = string;

const NAMES: Readonly<Record<string, Key>> = {
  '\u001b[A': 'up',
  '\u001b[B': 'down',
  '\u001bOA': 'up',
  '\u001bOB': 'down',
  '\u001b[5~': 'page-up',
  '\u001b[6~': 'page-down',
  '\u001b': 'escape',
  '\r': 'enter',
  '\n': 'enter',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0003': 'interrupt',
  ' ': 'space',
};

// oxlint-disable-next-line no-control-regex -- keys are control characters
const EACH = /\u001b(?:\[[\d;]*[A-Za-z~]|O[A-Z])|[^]/gu;

/** The keys in some input. Unknown sequences are left out. */
export function keysOf(input: string): readonly Key[] {
  return (input.match(EACH) ?? []).flatMap((each) => {
    const name = NAMES[each];
    if (name !== undefined) return [name];
    return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(each) ? [each] : [];
  });
}
