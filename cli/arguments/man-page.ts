/** A command's definition as a manual page: man(7) macros for roff. */
import type { Command } from 'commander';
import { version } from '../../src/version.ts';

/**
 * The page of a command, with those below it.
 *
 * @param title the words that call it: `tidings events`
 * @param others pages to see also
 */
export function manPage(command: Command, title: string, others: readonly string[]): string {
  const page = title.replaceAll(' ', '-');
  return [
    `.TH ${page.toUpperCase()} 1 "" "tidings ${version}" "tidings"`,
    // Neither hyphenated nor justified: words are to be copied.
    '.nh\n.ad l',
    section('NAME', `${roff(page)} \\- ${roff(command.description())}`),
    section('SYNOPSIS', synopsis(command, title)),
    ...definitions(command),
    ...command.commands.flatMap((each) => [
      ...section(
        each.name().toUpperCase(),
        `.B ${roff(usage(each, `${title} ${each.name()}`))}\n.PP\n${roff(each.description())}`,
      ),
      ...definitions(each, '.SS'),
    ]),
    ...notes(command),
    section('SEE ALSO', others.map((each) => `.BR ${roff(each)} (1)`).join(',\n')),
    '',
  ]
    .flat()
    .join('\n');
}

function synopsis(command: Command, title: string): string {
  const below = command.commands.map((each) => usage(each, `${title} ${each.name()}`));
  const lines = below.length > 0 ? below : [usage(command, title)];
  return lines.map((line) => `.B ${roff(line)}`).join('\n.br\n');
}

function usage(command: Command, title: string): string {
  const words = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '');
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [title, ...(command.options.length > 0 ? ['[options]'] : []), ...words].join(' ');
}

/** Arguments and options, each with its description. */
function definitions(command: Command, heading: '.SH' | '.SS' = '.SH'): readonly string[] {
  const help = command.createHelp();
  const list = (title: string, items: readonly (readonly [term: string, description: string])[]): string[] =>
    items.length === 0
      ? []
      : section(
          title,
          items.map(([term, description]) => `.TP\n.B ${roff(term)}\n${roff(description)}`).join('\n'),
          heading,
        );
  return [
    ...list(
      'ARGUMENTS',
      help.visibleArguments(command).map((each) => [each.name(), help.argumentDescription(each)]),
    ),
    ...list(
      'OPTIONS',
      help.visibleOptions(command).map((each) => [each.flags, help.optionDescription(each)]),
    ),
  ];
}

/** The text behind the help: examples as they are, and notes. */
function notes(command: Command): readonly string[] {
  let text = '';
  // Its texts behind the help are listeners: commander's types leave them out.
  const listening = command as unknown as { emit(name: string, context: object): void };
  listening.emit('afterHelp', { error: false, command, write: (more: string) => (text += more) });
  const examples: string[] = [];
  const notes: string[] = [];
  for (const block of text.trim().split(/\n\n+/)) {
    const [, lines] = /^Examples:\n((?: {2}.*\n?)+)/.exec(`${block}\n`) ?? [];
    if (lines === undefined) notes.push(block);
    else
      examples.push(
        ...lines
          .trimEnd()
          .split('\n')
          .map((line) => roff(line.slice(2))),
      );
  }
  // A line break of the help is kept before a label, such as `Exit codes:`.
  const paragraphs = notes
    .filter((note) => note !== '')
    .map((note) => roff(note.replaceAll(/\n +/g, ' ')).replaceAll(/\n(?=[A-Z][\w ]*:)/g, '\n.br\n'));
  return [
    ...(examples.length === 0 ? [] : section('EXAMPLES', `.nf\n${examples.join('\n')}\n.fi`)),
    ...(paragraphs.length === 0 ? [] : section('NOTES', paragraphs.join('\n.PP\n'))),
  ];
}

function section(title: string, body: string, heading: '.SH' | '.SS' = '.SH'): string[] {
  return [`${heading} ${roff(title)}`, body];
}

/** Text in which nothing has a meaning for roff: not \, not - as a hyphen, no line as a request. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('`', '\\(ga')
    .replaceAll('…', '...')
    .split('\n')
    .map((line) => (line.startsWith('.') ? `\\&${line}` : line))
    .join('\n');
}
