/** One option of a {@link PlainCommand}. */
import type { OptionDefinition } from './definition.ts';

export type Flags = Record<string, unknown>;
export type Read = (value: string, before: unknown) => unknown;

const FORM = /^(?:(-\w), )?(--(no-)?([\w-]+))(?: (<.+>))?$/;

export class PlainOption implements OptionDefinition {
  /** The ways to write it: `-n`, `--name`. */
  readonly forms: readonly string[];
  readonly #key: string;
  readonly #negates: boolean;
  readonly #takesValue: boolean;
  #choices: readonly string[] | undefined;
  #default: unknown;
  #read: Read = (value) => value;
  #flags: Flags = {};

  constructor(flags: string) {
    const [, short, long = '', no, name = '', value] = FORM.exec(flags) ?? [];
    this.forms = short === undefined ? [long] : [short, long];
    this.#key = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    this.#negates = no !== undefined;
    this.#takesValue = value !== undefined;
    if (this.#negates) this.#default = true;
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

  /**
   * Puts down that it is given, with the value behind its `=` or the `next` word; returns whether that makes sense.
   */
  take(inline: string | undefined, next: () => string | undefined): boolean {
    if (!this.#takesValue) {
      this.#flags[this.#key] = !this.#negates;
      return inline === undefined;
    }
    const value = inline ?? next();
    if (value === undefined || this.#choices?.includes(value) === false) return false;
    this.#flags[this.#key] = this.#read(value, this.#flags[this.#key]);
    return true;
  }
}
