/**
 * What commands use of commander's `Command` to say what they take and do. There are two that listen: commander, which also
 * explains and corrects, and `PlainCommand`, which is loaded in a tenth of the 10 ms that commander takes.
 */

export interface OptionDefinition {
  choices(values: readonly string[]): this;
  default(value: string): this;
}

export interface Definition {
  usage(text: string): this;
  description(text: string): this;
  addHelpText(position: 'after', text: string): this;
  /** `<one>`, or as the last one `<several...>`. */
  argument(name: string, description: string): this;
  /** `-n, --name <name>`, the short form and the value left out where there is none; `--no-name` takes back a default. */
  option(flags: string, description: string, value?: string): this;
  option<T>(flags: string, description: string, read: (value: string, before: T) => T): this;
  createOption(flags: string, description: string): OptionDefinition;
  addOption(option: OptionDefinition): this;
  /** A command below this one, with its arguments: `import <file>`. */
  command(nameAndArguments: string): Definition;
  /** What it does: told its arguments, then its options by name, then who knows those of the command above too. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the types are for each command to say
  action(run: (...args: any[]) => void | Promise<void>): this;
}

export interface Flagged {
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as commander has it
  optsWithGlobals<T extends object>(): T;
}
