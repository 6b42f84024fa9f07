/** Label values from untrusted text: bounded in number and length, and free of secrets. */

/** The value for everything without its own value. */
export const OTHER = 'other';

/** A word: no spaces, at most 64 characters, as in `die`, `health_status` or `/tasks/exit`. */
const WORD = /^[\w./-]{1,64}$/;

/**
 * The word before the first colon: after it, engines put command lines (`exec_start: sh -c …`) and
 * results.
 */
export function wordOf(text: string): string {
  const [head = ''] = text.split(':', 1);
  return WORD.test(head) ? head : OTHER;
}

/** Keeps the first texts apart, up to a limit; later ones are `other`. */
export class FirstOf {
  readonly #most: number;
  readonly #texts = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  of(text: string): string {
    if (this.#texts.has(text)) return text;
    if (this.#texts.size >= this.#most || !WORD.test(text)) return OTHER;
    this.#texts.add(text);
    return text;
  }
}
