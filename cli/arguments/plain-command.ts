/** Arguments as they are usually given, understood without commander; the rest is left to it. */
import type { Definition, Flagged } from './definition.ts';
import { type Flags, PlainOption, type Read } from './plain-option.ts';

type Run = (...args: readonly unknown[]) => void | Promise<void>;

/** Takes the same definition as commander's `Command`. */
export class PlainCommand implements Definition, Flagged {
  readonly #above: PlainCommand | undefined;
  readonly #commands = new Map<string, PlainCommand>();
  readonly #options = new Map<string, PlainOption>();
  readonly #arguments: string[] = [];
  readonly #flags: Flags = {};
  #run: Run | undefined;

  constructor(above?: PlainCommand) {
    this.#above = above;
  }

  /**
   * What is to be done for these words. Undefined where that is for commander to say: help is asked for, something is wrong,
   * or written in a way that few use.
   */
  understand(words: readonly string[]): (() => void | Promise<void>) | undefined {
    const operands: string[] = [];
    const rest = words[Symbol.iterator]();
    // What looks like an option is none of the values that are usual, and commander would look at it first.
    const next = (): string | undefined => {
      const { value } = rest.next();
      return value === undefined || isOption(value) ? undefined : value;
    };
    for (const word of rest) {
      if (isOption(word)) {
        const [form = '', inline] = word.startsWith('--') ? word.split(/=(.*)/s, 2) : [word];
        if (this.#find(form)?.take(inline, next) !== true) return undefined;
      } else {
        if (this.#commands.size > 0) return this.#commands.get(word)?.understand([...rest]);
        operands.push(word);
      }
    }
    return this.#actionFor(operands);
  }

  /** The option of the command above, where both have it, as commander does. */
  #find(form: string): PlainOption | undefined {
    const above = this.#above === undefined ? undefined : this.#above.#find(form);
    return above ?? this.#options.get(form);
  }

  #actionFor(operands: readonly string[]): (() => void | Promise<void>) | undefined {
    const { length } = this.#arguments;
    const isVariadic = this.#arguments.at(-1)?.endsWith('...>') === true;
    const fits = isVariadic ? operands.length >= length : operands.length === length;
    const run = this.#run;
    if (run === undefined || !fits) return undefined;
    const args = isVariadic ? [...operands.slice(0, length - 1), operands.slice(length - 1)] : operands;
    return () => run(...args, this.#flags, this);
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as commander has it
  optsWithGlobals<T extends object>(): T {
    return { ...this.#flags, ...this.#above?.optsWithGlobals() } as T;
  }

  option<T>(flags: string, _description: string, more?: string | ((value: string, before: T) => T)): this {
    const option = new PlainOption(flags);
    if (typeof more === 'function') option.reads(more as Read);
    else if (more !== undefined) option.default(more);
    return this.addOption(option);
  }

  createOption(flags: string, _description: string): PlainOption {
    return new PlainOption(flags);
  }

  addOption(option: PlainOption): this {
    option.addTo(this.#flags);
    for (const form of option.forms) this.#options.set(form, option);
    return this;
  }

  argument(name: string, _description?: string): this {
    this.#arguments.push(name);
    return this;
  }

  command(nameAndArguments: string): PlainCommand {
    const [name = '', ...args] = nameAndArguments.split(' ');
    const command = new PlainCommand(this);
    for (const arg of args) command.argument(arg);
    this.#commands.set(name, command);
    return command;
  }

  action(run: Run): this {
    this.#run = run;
    return this;
  }

  usage(_text: string): this {
    return this;
  }

  description(_text: string): this {
    return this;
  }

  addHelpText(_position: 'after', _text: string): this {
    return this;
  }
}

/** As commander has it: `-` is a value. */
function isOption(word: string): boolean {
  return word.length > 1 && word.startsWith('-');
}
