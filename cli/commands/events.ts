/** `tidings events`: the tail. */
import type { Command } from 'commander';
import { from, mergeMap } from 'rxjs';
import { usage } from '../exit.ts';
import { failureOf, eventStream } from '../source/event-stream.ts';
import type { Io } from '../io.ts';
import { type QueryFlags, readQuery } from '../source/query-flags.ts';
import { createRenderer, FORMATS, type OutputFlags } from '../render/index.ts';
import { TIME_STYLES } from '../render/time.ts';
import { repeatable } from '../arguments/repeatable.ts';
import { addPlaceOptions, type PlaceFlags, settle } from '../settings/place.ts';
import { tail } from '../output/tail.ts';

type Flags = QueryFlags & OutputFlags & PlaceFlags & { readonly from?: string };

const EXAMPLES = `
Examples:
  tidings events                                   everything, from now on
  tidings events -n 'web-*' -n '!web-test' -S 10m  what those did in the last ten minutes, then live
  tidings events -f event=die -f 'exitCode!=0'     containers that fail
  tidings events -S 09:00 -U 09:30 -o json | jq .action
  tidings events --from saved.ndjson -n web        what was saved
  tidings events -o '{{.Action}} {{.Actor.Attributes.name}}'

Names are exact names, ids, 12 or more digits of an id, globs (web-*) or /regular expressions/; ! excludes.
Times are RFC 3339, local dates and times, Unix seconds, or durations that mean ago (90m, 1h30m).
Colour: --color, then NO_COLOR, then FORCE_COLOR, then whether stdout is a terminal.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  addPlaceOptions(
    command
      .option('-n, --name <name>', 'only this name, id or pattern (repeatable: any of them)', repeatable)
      .option('-S, --since <time>', 'from this time on; without it, only what is to come')
      .option('-U, --until <time>', 'up to this time, then end')
      .option(
        '-f, --filter <key=value>',
        'only what matches, as docker events has it, and != (repeatable)',
        repeatable,
      )
      .option('--cursor <cursor>', 'resume after this cursor')
      .option('--tail <n>', 'begin with the newest n events')
      .option('--no-follow', 'end when everything held has been printed')
      .option('--from <file>', 'those of a file, as -o json or journal export wrote it (- is standard input)')
      .option('-o, --output <format>', `${FORMATS.join(', ')} or '{{template}}'`, 'text')
      .addOption(
        command.createOption('-t, --time <style>', 'how text and wide tell the time').choices(TIME_STYLES),
      )
      .option('--utc', 'times in UTC rather than in the local zone')
      .addOption(
        command
          .createOption('--color <when>', 'colour in text and wide')
          .choices(['auto', 'always', 'never'])
          .default('auto'),
      ),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => exit(await events(flags, io)));
}

async function events(flags: Flags, io: Io): Promise<number> {
  const query = readQuery(flags, io.now());
  const renderer = await createRenderer(flags, io);
  const settings = await settle(flags, io);

  const { from: file } = flags;
  if (file !== undefined && (flags.host ?? flags.stateDir) !== undefined) {
    throw usage('--from reads a file: --host and --state-dir say where a daemon is');
  }
  return await tail({
    frames: ({ paused }) =>
      file === undefined
        ? eventStream(query, settings, paused, io)
        : from(import('../source/recorded.ts')).pipe(
            mergeMap(({ framesOfFile }) => framesOfFile(file, { query, paused })),
          ),
    renderer,
    io,
    // Only a stream that can be silent for long needs to be told.
    endless: query.follow !== false && file === undefined,
    failureOf,
  });
}
