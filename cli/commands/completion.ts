/** `tidings completion`: scripts for shells, and the words that they request. */
import { Argument, type Command } from 'commander';
import { firstValueFrom } from 'rxjs';
import { ACTIONS, FILTER_KEYS } from '../../operators/index.ts';
import { askContainers } from '../../src/index.ts';
import { COMPLETION_SCRIPTS } from '../arguments/completion-scripts.ts';
import { type Choice, completionsOf, type Wanted } from '../arguments/completions.ts';
import { EXIT } from '../exit.ts';
import type { Io } from '../io.ts';
import { FORMATS } from '../render/index.ts';
import { settle } from '../settings/place.ts';

/** Time limit for a daemon's list of containers, as a person waits at the prompt: in ms. */
const LIST_WITHIN = 150;

const EXAMPLES = `
Examples:
  tidings completion bash > /etc/bash_completion.d/tidings
  tidings completion zsh > "\${fpath[1]}/_tidings"
  tidings completion fish > ~/.config/fish/completions/tidings.fish`;

/** @param define makes the command of a name, for its options and arguments */
export function defineCompletion(
  command: Command,
  io: Io,
  exit: (code: number) => void,
  commands: readonly { readonly name: string; readonly summary: string }[],
  define: (name: string) => Promise<Command | undefined>,
): void {
  command
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(COMPLETION_SCRIPTS)))
    .argument('[words...]', 'used by the scripts: the words so far, after --')
    .addHelpText('after', EXAMPLES)
    .action(async (shell: keyof typeof COMPLETION_SCRIPTS, words: readonly string[]) => {
      if (words.length === 0) io.stdout.write(COMPLETION_SCRIPTS[shell]);
      else for (const line of await candidates(words)) io.stdout.write(`${line}\n`);
      exit(EXIT.done);
    });

  async function candidates(words: readonly string[]): Promise<string[]> {
    const [name = '', ...rest] = words;
    const choices =
      words.length === 1
        ? commands.map(({ name, summary }): Choice => [name, summary])
        : await choicesOf(completionsOf(await define(name), rest), io);
    const prefix = words.at(-1) ?? '';
    return choices
      .filter(([value]) => value.startsWith(prefix))
      .map(([value, description]) => (description === '' ? value : `${value}\t${description}`));
  }
}

async function choicesOf(wanted: Wanted, io: Io): Promise<readonly Choice[]> {
  switch (wanted.kind) {
    case 'choices':
      return wanted.choices;
    case 'format':
      return FORMATS.map((format) => [format, '']);
    case 'filter':
      return [
        ...FILTER_KEYS.map((key): Choice => [`${key}=`, '']),
        ...ACTIONS.map((action): Choice => [`event=${action}`, '']),
      ];
    case 'name':
      return await names(io);
    case 'other':
  }
  return [];
}

/** The names of the current containers, except names that a shell could misread. */
async function names(io: Io): Promise<readonly Choice[]> {
  try {
    const { endpoint, token } = await settle({}, io);
    const { containers } = await firstValueFrom(askContainers({ endpoint, token, timeout: LIST_WITHIN }));
    return containers
      .filter(({ name = '', state }) => state !== 'removed' && /^[\w.-]+$/.test(name))
      .map(({ name = '', state }) => [name, state]);
  } catch {
    return [];
  }
}
