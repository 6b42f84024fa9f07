/** Arguments as they are usually given, understood by Node's own parser; the rest is left to commander. */
import { parseArgs } from 'node:util';
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
   * or an option stands before the name of a command.
   */
  understand(words: readonly string[]): (() => void | Promise<void>) | undefined {
    const [first = '', ...rest] = words;
    if (this.#commands.size > 0) return this.#commands.get(first)?.understand(rest);
    const options = this.#allOptions();
    const parsed = parse(words, options);
    if (parsed === undefined) return undefined;
    for (const [long, values] of Object.entries(parsed.values)) {
      if (options.get(long)?.take(values) !== true) return undefined;
    }
    return this.#actionFor(parsed.positionals);
  }

  /** Of those that the command above has too, that one's, as commander does. */
  #allOptions(): Map<string, PlainOption> {
    const above = this.#above === undefined ? [] : this.#above.#allOptions();
    return new Map([...this.#options, ...above]);
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
    this.#options.set(option.long, option);
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

/** Undefined where the words make no sense. */
function parse(
  words: readonly string[],
  options: ReadonlyMap<string, PlainOption>,
): { values: Record<string, (string | boolean)[]>; positionals: readonly string[] } | undefined {
  const config = Object.fromEntries([...options].map(([long, { parsedAs }]) => [long, parsedAs]));
  try {
    const { values, positionals } = parseArgs({ args: [...words], options: config, allowPositionals: true });
    return { values: values as Record<string, (string | boolean)[]>, positionals };
  } catch (error) {
    if (String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS')) return undefined;
    throw error;
  }
}
