/** The possible next words, from the definition of a command. */
import type { Command, Option } from 'commander';

/** A word, and its description. */
export type Choice = readonly [value: string, description: string];

export type Wanted =
  | { readonly kind: 'choices'; readonly choices: readonly Choice[] }
  | { readonly kind: 'name' | 'format' | 'filter' | 'other' };

/**
 * @param command undefined if there is no such command
 * @param words words after its name; the last is being typed, and may be empty
 */
export function completionsOf(command: Command | undefined, words: readonly string[]): Wanted {
  if (command === undefined) return { kind: 'other' };
  const below = command.commands.find((each) => each.name() === words[0]);
  if (below !== undefined && words.length > 1) return completionsOf(below, words.slice(1));
  const current = words.at(-1) ?? '';
  const before = words.at(-2);
  const option = command.options.find(
    ({ long, short }) => before !== undefined && (before === long || before === short),
  );
  if (option?.required === true) return valueOf(option);
  if (current.startsWith('-')) {
    return choices(
      command.options
        .filter(({ hidden }) => !hidden)
        .map(({ long = '', description }) => [long, description]),
    );
  }
  if (command.commands.length > 0) {
    return choices(command.commands.map((each) => [each.name(), each.description()]));
  }
  const [argument] = command.registeredArguments;
  if (argument?.argChoices !== undefined) return choices(argument.argChoices.map((each) => [each, '']));
  return argument?.name() === 'name' ? { kind: 'name' } : { kind: 'other' };
}

function valueOf({ long, argChoices }: Option): Wanted {
  if (argChoices !== undefined) return choices(argChoices.map((each) => [each, '']));
  if (long === '--name') return { kind: 'name' };
  if (long === '--filter') return { kind: 'filter' };
  return { kind: long === '--output' || long === '--format' ? 'format' : 'other' };
}

function choices(all: readonly Choice[]): Wanted {
  return { kind: 'choices', choices: all };
}
