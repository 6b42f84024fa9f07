/** `tidings events`: the tail. */
import { type Command, Option } from 'commander';
import { catchError, type Observable, throwError } from 'rxjs';
import {
  DaemonError,
  detectEngines,
  engines,
  type Frame,
  followDaemon,
  type Query,
} from '../../src/index.ts';
import { attach } from '../attach.ts';
import { EXIT, Failure, usage } from '../exit.ts';
import { type Io, say } from '../io.ts';
import { type QueryFlags, readQuery } from '../query.ts';
import { framesOfFile, framesOfJournal, openRecorded } from '../recorded.ts';
import { createRenderer, FORMATS, type OutputFlags } from '../render/index.ts';
import { TIME_STYLES } from '../render/time.ts';
import { several } from '../several.ts';
import { addPlaceOptions, type PlaceFlags, settle, type Settings } from '../settings.ts';
import { tail } from '../tail.ts';

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
      .option('-n, --name <name>', 'only this name, id or pattern (repeatable: any of them)', several)
      .option('-S, --since <time>', 'from this time on; without it, only what is to come')
      .option('-U, --until <time>', 'up to this time, then end')
      .option(
        '-f, --filter <key=value>',
        'only what matches, as docker events has it, and != (repeatable)',
        several,
      )
      .option('--cursor <cursor>', 'resume after this cursor')
      .option('--tail <n>', 'begin with the newest n events')
      .option('--no-follow', 'end when everything held has been printed')
      .option('--from <file>', 'those of a file, as -o json or journal export wrote it (- is standard input)')
      .option('-o, --output <format>', `${FORMATS.join(', ')} or '{{template}}'`, 'text')
      .addOption(new Option('-t, --time <style>', 'how text and wide tell the time').choices(TIME_STYLES))
      .option('--utc', 'times in UTC rather than in the local zone')
      .addOption(
        new Option('--color <when>', 'colour in text and wide')
          .choices(['auto', 'always', 'never'])
          .default('auto'),
      ),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => exit(await events(flags, io)));
}

async function events(flags: Flags, io: Io): Promise<number> {
  const query = readQuery(flags, io.now());
  const renderer = createRenderer(flags, io);
  const settings = await settle(flags, io);

  const { from } = flags;
  const saved = from !== undefined;
  if (saved && (flags.host ?? flags.stateDir) !== undefined) {
    throw usage('--from reads a file: --host and --state-dir say where a daemon is');
  }
  return await tail({
    frames: ({ paused }) =>
      saved ? framesOfFile(from, { query, paused }) : framesOf(query, settings, paused, io),
    renderer,
    io,
    // Only a stream that can be silent for long needs to be told.
    endless: query.follow !== false && !saved,
    failureOf,
  });
}

/** From the daemon; where there is none and nobody named one, from its journal or the engines. */
function framesOf(query: Query, settings: Settings, paused: Observable<boolean>, io: Io): Observable<Frame> {
  const { endpoint, explicitHost, dataDir } = settings;
  const notice = (text: string): void => say(io, text);
  return followDaemon({ endpoint, query, paused }).pipe(
    catchError((error: unknown) => {
      const absent = error instanceof DaemonError && error.code === 'absent';
      if (!absent || explicitHost) return throwError(() => error);
      // What is past needs no daemon.
      const past = query.follow === false || (query.until !== undefined && query.until < io.now());
      const journal = past ? openRecorded(dataDir, notice) : undefined;
      if (journal !== undefined) {
        notice(`${error.message}: reading what was recorded in ${dataDir}`);
        return framesOfJournal(journal, { query, paused });
      }
      if (query.cursor !== undefined) {
        const why = `${error.message}, and only the daemon that gave a cursor knows what comes after it`;
        const past = `--no-follow reads what was recorded in ${dataDir}`;
        return throwError(() => new Failure(EXIT.unavailable, `${why}; ${past}`));
      }
      return attachHere(error.message, query, paused, io);
    }),
  );
}

function attachHere(why: string, query: Query, paused: Observable<boolean>, io: Io): Observable<Frame> {
  const targets = detectEngines(io.env);
  if (targets.length === 0) {
    const known = engines.map(({ name }) => name).join(', ');
    const message = `${why}, and no engine was found on this machine (known: ${known}): start one, or 'tidings serve'`;
    return throwError(() => new Failure(EXIT.unavailable, message));
  }
  const where = targets.map(({ endpoint }) => endpoint).join(', ');
  say(io, `${why}: following ${where} directly; what came before is what engines themselves still hold`);
  return attach({ targets, query, paused, notice: (text) => say(io, text) });
}

/** What to tell the user, and how to go on from here. */
function failureOf(error: unknown, cursor: string | undefined): unknown {
  if (!(error instanceof DaemonError)) return error;
  const resume = error.code === 'lost' && cursor !== undefined ? `; resume with --cursor ${cursor}` : '';
  const exitCode = error.code === 'refused' ? EXIT.usage : EXIT.unavailable;
  return new Failure(exitCode, `${error.message}${resume}`, { cause: error });
}
