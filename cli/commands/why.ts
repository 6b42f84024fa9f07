/** `tidings why`: the cause of a container's last death. */
import type { Explanation } from '../../operators/explanation.ts';
import { parseNamePattern } from '../../operators/name-pattern.ts';
import { instant } from '../../src/index.ts';
import { stringify } from '../../src/internal.ts';
import type { Command } from 'commander';
import { EXIT, endedBy, Failure, readOption, usage } from '../exit.ts';
import type { Io } from '../io.ts';
import type { ColourChoice } from '../render/colour.ts';
import { loadTheme } from '../render/index.ts';
import type { ThemeChoice } from '../render/theme-choice.ts';
import type { EngineFacts } from '../render/explanation-text.ts';
import { addColourOptions } from '../settings/colour-options.ts';
import { addPlaceOptions, type PlaceFlags, settle } from '../settings/place.ts';
import { wholeNumber } from '../settings/number-option.ts';
import { explanations } from '../source/explanations.ts';

interface Flags extends PlaceFlags {
  readonly at?: string;
  readonly all?: boolean;
  readonly logs?: string;
  readonly output: 'text' | 'json';
  readonly utc?: boolean;
  readonly color: ColourChoice;
  readonly theme: ThemeChoice;
}

const EXAMPLES = `
Examples:
  tidings why web                   the last death of web, or the reason why it does not run
  tidings why web --logs 20         the same, with the last 20 lines of its log
  tidings why web --at 03:00        the death before three o'clock
  tidings why web --all -o json     each death in the history

The answer comes from the daemon's events, or from its journal if no daemon runs. The log and the output of health
checks come from the engine, read with the permissions of the user.
Exit codes: 0 explained, 1 no event is about that name, 64 usage, 69 no daemon and no history.`;

/** Most lines of a log. */
const MOST_LINES = 10_000;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  addPlaceOptions(
    addColourOptions(
      command
        .argument('<name>', 'name or id of a container')
        .option('--at <time>', 'explain the last death at or before this time')
        .option('--all', 'explain every death in the history, the newest 100 of each engine')
        .option('--logs <n>', 'add the last n lines of its log')
        .addOption(
          command
            .createOption('-o, --output <format>', 'text or json')
            .choices(['text', 'json'])
            .default('text'),
        )
        .option('--utc', 'print times in UTC instead of the local zone'),
    ),
  )
    .option('--data-dir <dir>', 'directory of the journal, used without a daemon (TIDINGS_DATA_DIR)')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, flags: Flags) => exit(await why(name, flags, io)));
}

async function why(name: string, flags: Flags, io: Io): Promise<number> {
  const { all = false } = flags;
  readOption('name', () => parseNamePattern(name));
  if (all && flags.at !== undefined) throw usage('--all and --at exclude each other: every death, or one');
  const at =
    flags.at === undefined
      ? undefined
      : readOption('--at', () => instant.parse(flags.at as string, { now: io.now() }));
  const lines =
    flags.logs === undefined ? 0 : wholeNumber('--logs', flags.logs, { least: 1, largest: MOST_LINES });
  const settings = await settle(flags, io);
  const found = await explanations({ name, at, all }, settings, io);
  if (io.signal.aborted) return endedBy(io.signal);
  if (found.length === 0) {
    throw new Failure(EXIT.unmet, `no event is about ${stringify(name)}: 'tidings ps -a' lists the names`);
  }
  const { engineFacts } = await import('../source/engine-facts.ts');
  const facts = new Map<Explanation, EngineFacts>();
  for (const each of all ? found.slice(-1) : found) facts.set(each, await engineFacts(each, lines));
  if (flags.output === 'json') {
    for (const each of found) io.stdout.write(`${stringify({ ...each, ...facts.get(each) })}\n`);
    return EXIT.done;
  }
  const [theme, { explanationText }] = await Promise.all([
    loadTheme(flags, io),
    import('../render/explanation-text.ts'),
  ]);
  const zone = flags.utc === true ? 'utc' : 'local';
  const texts = found.map((each) =>
    explanationText(each, {
      theme,
      zone,
      now: io.now(),
      withEngine: found.length > 1,
      facts: facts.get(each),
    }),
  );
  io.stdout.write(texts.join('\n'));
  return EXIT.done;
}
