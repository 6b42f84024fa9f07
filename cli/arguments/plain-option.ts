/** One option of a `PlainCommand`. */
import type { OptionDefinition } from './definition.ts';

export type Flags = Record<string, unknown>;
export type Read = (value: string, before: unknown) => unknown;

/** What Node's `parseArgs` is told of it. */
export interface ParsedAs {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple: true;
}

const FORM = /^(?:-(\w), )?--((no-)?([\w-]+))(?: <.+>)?$/;

export class PlainOption implements OptionDefinition {
  /** What it is called without its hyphens: `name`, `no-follow`. */
  readonly long: string;
  readonly parsedAs: ParsedAs;
  readonly #key: string;
  #choices: readonly string[] | undefined;
  #default: unknown;
  #read: Read = (value) => value;
  #flags: Flags = {};

  constructor(flags: string) {
    const [, short, long = '', no, name = ''] = FORM.exec(flags) ?? [];
    const type = flags.endsWith('>') ? 'string' : 'boolean';
    this.long = long;
    this.parsedAs = { type, multiple: true, ...(short === undefined ? {} : { short }) };
    this.#key = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (no !== undefined) this.#default = true;
  }

  choices(values: readonly string[]): this {
    this.#choices = values;
    return this;
  }

  default(value: unknown): this {
    this.#default = value;
    return this;
  }

  reads(read: Read): this {
    this.#read = read;
    return this;
  }

  /** Puts down what is so when it is not given, and from now on what is. */
  addTo(flags: Flags): void {
    this.#flags = flags;
    if (this.#default !== undefined) flags[this.#key] = this.#default;
  }

  /** Puts down that it is given, as often as there are values (`true` where it takes none); returns whether they make sense. */
  take(values: readonly (string | boolean)[]): boolean {
    for (const value of values) {
      if (typeof value === 'boolean') this.#flags[this.#key] = !this.long.startsWith('no-');
      else if (this.#choices?.includes(value) === false) return false;
      else this.#flags[this.#key] = this.#read(value, this.#flags[this.#key]);
    }
    return true;
  }
}
