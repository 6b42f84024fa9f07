/** `tidings events`: the tail. */
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { catchError, firstValueFrom, from, map, mergeMap, type Observable, of, throwError } from 'rxjs';
import { ACTIONS, closest, type ContainerState } from '../../operators/index.ts';
import { TYPES } from '../../operators/words.ts';
import { parseNamePattern } from '../../operators/name-pattern.ts';
import { askContainers, type Query } from '../../src/index.ts';
import { repeatable } from '../arguments/repeatable.ts';
import { EXIT, usage } from '../exit.ts';
import { type Io, say } from '../io.ts';
import type { Exec } from '../output/exec.ts';
import { openTerminal, tail, type TailOptions } from '../output/tail.ts';
import { createRenderer, FORMATS, isForPeople, type OutputFlags } from '../render/index.ts';
import { TIME_STYLES } from '../render/time-text.ts';
import { safe } from '../safe.ts';
import { addColourOptions } from '../settings/colour-options.ts';
import { addPlaceOptions, type PlaceFlags, settle, type Settings } from '../settings/place.ts';
import type { PeopleView } from '../source/context-events.ts';
import { either } from '../source/either.ts';
import { eventStream, failureOf } from '../source/event-stream.ts';
import type { PaceOptions } from '../source/pace.ts';
import { type QueryFlags, readQuery } from '../source/query-flags.ts';

export type EventsFlags = QueryFlags &
  Omit<OutputFlags, 'output'> &
  PlaceFlags & {
    readonly from?: string;
    readonly fleet?: string;
    readonly cursorFile?: string;
    readonly exec?: string;
    readonly output?: string;
    readonly format?: string;
    readonly all?: boolean;
    readonly quiet?: boolean;
    readonly retry?: boolean;
  };

/**
 * Lines of the past to show first on a terminal, and events to request for explaining and folding
 * them.
 */
const LAST_LINES = 10;
const LAST_EVENTS = 200;

/** Time limit for the list of containers, whose start times explain deaths: in ms. */
const LIST_WITHIN = 1000;

const EXAMPLES = `
Examples:
  tidings events                                   all events from now on
  tidings events 'web-*' '!web-test' -S 10m        the last ten minutes of matching containers, then live
  tidings events event=die 'exitCode!=0'           deaths with another exit code than 0
  tidings events -S 09:00 -U 09:30 -o json | jq .action
  tidings events --from saved.ndjson -n web        events of a saved file
  tidings events -S 1h -o html > incident.html     the page with these events inside, for a browser without network
  tidings events -o '{{.Action}} {{.Actor.Attributes.name}}'
  tidings events event=die --exec 'notify-send {{.Name}} "died with {{.Actor.Attributes.exitCode}}"'

A name is an exact name, an id, 12 or more digits of an id, a glob (web-*) or a /regular expression/; ! excludes.
A time is RFC 3339, a local date and time, Unix seconds, a duration before now (90m, 1h30m, -10m, 10min), or
yesterday, today, noon.
The first of these decides about colour: --color, NO_COLOR, FORCE_COLOR, whether stdout is a terminal; about the
theme: --theme, COLORFGBG, else dark.
On a terminal, execs of health checks, attach, resize, top, networks and volumes are folded into a count, and a
crash loop is one line with a count. In a pipe nothing is folded.
A command of --exec gets the event as JSON on its stdin, and runs for a minute at most. At most 4 run at a time, and
events wait for them. Output and failures go to stderr. If one fails, the exit code is 1.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  command.argument('[name...]', 'names, ids, patterns or filters; without any, all events');
  addSelectionOptions(
    command,
    'start time; without it, live events only, on a terminal after the last ten lines',
  )
    .option('--cursor <cursor>', 'resume after this cursor')
    .option('--no-follow', 'exit after the past events')
    .option('--from <file>', 'read a file written by -o json or journal export (- is standard input)');
  command
    .option('--fleet <url>', 'read many hosts from NATS: nats://host:4222; --host is then a pattern of hosts')
    .option(
      '--cursor-file <file>',
      'with --fleet: resume after the events of all hosts that this file states',
    );
  addOutputOptions(command)
    .option('--retry', 'if the daemon is lost, wait for it (default on a terminal)')
    .option('--no-retry', 'if the daemon is lost, exit');
  addPlaceOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (names: readonly string[], flags: EventsFlags) =>
      exit(await printEvents(names, flags, io)),
    );
}

/**
 * Adds the options that select events.
 *
 * @param since the meaning of a start time
 */
export function addSelectionOptions(command: Command, since: string): Command {
  return command
    .option('-n, --name <name>', 'a name as an option (repeatable: any of them)', repeatable)
    .option('-S, --since <time>', since)
    .option('-U, --until <time>', 'end time; the command then exits')
    .option('-f, --filter <key=value>', 'filter as in docker events, also with != (repeatable)', repeatable)
    .option('--tail <n>', 'start with the newest n events, or all');
}

/** Adds the options of the output. */
export function addOutputOptions(command: Command): Command {
  command
    .option('-a, --all', 'on a terminal: show folded events too')
    .option('--exec <command>', 'run a command for each event, without a shell; {{.Name}} is an argument')
    .option('-o, --output <format>', `${FORMATS.join(', ')} or '{{template}}' (default: text)`)
    .option('--format <format>', 'the same as --output, for users of docker')
    .addOption(command.createOption('-t, --time <style>', 'time style of text and wide').choices(TIME_STYLES))
    .option('--utc', 'print times in UTC instead of the local zone')
    .option('--no-trunc', 'do not cut lines to the terminal')
    .option('-q, --quiet', 'no notices');
  return addColourOptions(command, 'colour of text and wide');
}

/** Splits the words of the command line into names and filters, in any order. */
function withTerms(words: readonly string[], flags: EventsFlags): EventsFlags {
  // No container name has such a character; a regular expression can.
  const isFilter = (word: string): boolean => /^!?[^/!].*[=<>]/.test(word);
  const filters = words.filter(isFilter);
  const names = words.filter((word) => !filters.includes(word));
  return {
    ...flags,
    name: [...names, ...(flags.name ?? [])],
    filter: [...filters, ...(flags.filter ?? [])],
  };
}

/**
 * Prints events; resolves with the exit code.
 *
 * @param pace the pace of a recording. Default: as fast as it can be read
 */
export async function printEvents(
  names: readonly string[],
  flags: EventsFlags,
  allIo: Io,
  pace?: PaceOptions,
): Promise<number> {
  const io = flags.quiet === true ? { ...allIo, stderr: nowhere(), signal: allIo.signal } : allIo;
  const { from: file, output = flags.format ?? 'text' } = flags;
  if (flags.output !== undefined && flags.format !== undefined) {
    throw usage('--output and --format are the same: give one');
  }
  const terminal = io.stdout.isTTY === true && isForPeople(output);
  const asked = readQuery(withTerms(names, flags), io.now());
  hintAt(asked, io);
  // Without an option about time, a terminal begins with the last lines.
  const begins = asked.since ?? asked.until ?? asked.tail ?? asked.cursor ?? file;
  const last =
    terminal && begins === undefined && asked.follow !== false && flags.exec === undefined
      ? LAST_LINES
      : undefined;
  if (flags.fleet === undefined && flags.cursorFile !== undefined) {
    throw usage('--cursor-file holds the positions of hosts: give --fleet too');
  }
  const { host: _hosts, ...here } = flags;
  const settings = await settle(flags.fleet === undefined ? flags : here, io);
  if (flags.fleet !== undefined) return await printFleet({ ...flags, fleet: flags.fleet }, asked, io);
  if (file !== undefined && (flags.host ?? flags.stateDir) !== undefined) {
    throw usage('--from reads a file: --host and --state-dir name a daemon');
  }
  if (output === 'html') return await save(asked, flags, settings, io);
  const follows = asked.follow !== false && file === undefined;
  const wanted = last === undefined ? asked : { ...asked, tail: LAST_EVENTS };
  const forPeople = isForPeople(output);
  // Asked at the same time, while the renderer is loaded.
  const seed = follows && forPeople ? containersNow(settings) : Promise.resolve([]);
  void seed.then((containers) => hintAtNames(asked, containers, io));
  const [{ query, shows }, renderer] = await Promise.all([
    forPeople
      ? viewOf(wanted, last === undefined && file === undefined, settings)
      : { query: wanted, shows: undefined },
    createRenderer({ ...flags, output }, io, seed),
  ]);
  const look = { all: flags.all === true, last, follows, now: io.now, scheduler: pace?.clock };
  return await show(flags.exec, {
    frames: (paused) =>
      file === undefined
        ? eventStream(query, settings, paused, io, flags.retry ?? terminal)
        : from(import('../source/recorded.ts')).pipe(
            mergeMap(({ framesOfFile }) => framesOfFile(file, { query, paused }, pace && { ...pace, shows })),
          ),
    ...{ renderer, shows, io },
    // Only a long silent stream needs a check for its reader.
    endless: follows || pace !== undefined,
    open: terminal ? async () => await openTerminal(renderer, look, await seed) : undefined,
    onLeft: terminal && follows ? (cursor) => sayResume(cursor, io) : undefined,
  });
}

interface Show extends Pick<TailOptions, 'renderer' | 'shows' | 'io' | 'endless' | 'onLeft'> {
  readonly frames: (paused: Observable<boolean>) => ReturnType<TailOptions['frames']>;
  /** Opens the terminal, if the output is one. */
  readonly open: (() => Promise<TailOptions['terminal']>) | undefined;
}

/** Prints frames, and runs the command of `--exec` for each event. */
async function show(command: string | undefined, { frames, open, ...rest }: Show): Promise<number> {
  const exec = command === undefined ? undefined : await execOf(command, rest.io);
  const exitCode = await tail({
    ...rest,
    frames: ({ paused }) => frames(exec === undefined ? paused : either(paused, exec.paused)),
    onShown: exec && ((event, cursor) => exec.run(event, cursor)),
    terminal: await open?.(),
    failureOf,
  });
  if (exec === undefined || exitCode !== EXIT.done) return exitCode;
  await exec.idle();
  return exec.failures > 0 ? EXIT.unmet : EXIT.done;
}

/** Prints the events of many hosts. */
async function printFleet(
  flags: EventsFlags & { readonly fleet: string },
  query: Query,
  io: Io,
): Promise<number> {
  const { output = flags.format ?? 'text', fleet, host, cursorFile, from: file } = flags;
  if (file !== undefined) throw usage('--from reads a file, and --fleet hosts: give one');
  if (flags.stateDir !== undefined)
    throw usage('--state-dir names a daemon, and --fleet reads without one: leave one out');
  if (output === 'html') throw usage('--output html needs a daemon: --fleet prints lines');
  const terminal = io.stdout.isTTY === true && isForPeople(output);
  const [{ framesOfFleet }, renderer] = await Promise.all([
    import('../source/fleet.ts'),
    createRenderer({ ...flags, output }, io, Promise.resolve([])),
  ]);
  const options = { fleet, host, cursorFile, retry: flags.retry ?? terminal };
  const follows = query.follow !== false;
  const look = { all: flags.all === true, last: undefined, follows, now: io.now };
  return await show(flags.exec, {
    frames: (paused) => framesOfFleet(options, query, paused, io),
    ...{ renderer, io },
    endless: follows,
    open: terminal ? async () => await openTerminal(renderer, look, []) : undefined,
  });
}

/** Writes the page with these events inside; it ends, as a file does. */
async function save(asked: Query, flags: EventsFlags, settings: Settings, io: Io): Promise<number> {
  const { from: file, exec } = flags;
  if (exec !== undefined)
    throw usage('--exec runs commands for lines of events: --output html writes a page');
  const { MOST_EVENTS, savePage } = await import('../output/saved-page.ts');
  const limited = asked.tail === undefined && asked.cursor === undefined;
  const query = { ...asked, follow: false, ...(limited ? { tail: MOST_EVENTS } : {}) };
  return await savePage({
    frames: (paused) => {
      const frames =
        file === undefined
          ? eventStream(query, settings, paused, io)
          : from(import('../source/recorded.ts')).pipe(
              mergeMap(({ framesOfFile }) => framesOfFile(file, { query, paused })),
            );
      return frames.pipe(catchError((error: unknown) => throwError(() => failureOf(error))));
    },
    since: asked.since,
    until: asked.until ?? io.now(),
    view: 'events',
    daemon: file === undefined ? settings : undefined,
    io,
  });
}

async function execOf(command: string, io: Io): Promise<Exec> {
  const { Exec } = await import('../output/exec.ts');
  return new Exec(command, io);
}

/** The events that explain others are read too, if they can be missing. */
async function viewOf(query: Query, isTail: boolean, settings: Settings): Promise<PeopleView> {
  const beginsBefore = query.since !== undefined || query.tail !== undefined;
  if (query.filters === undefined && !beginsBefore) return { query, shows: undefined };
  const { firstOfTail, withContext } = await import('../source/context-events.ts');
  if (!isTail || (query.tail ?? 0) === 0) return withContext(query);
  const first = await firstOfTail(query, settings);
  return first === undefined ? { query, shows: undefined } : withContext(query, first);
}

/** The daemon's current containers; empty without a daemon or an answer. */
async function containersNow({ endpoint, token }: Settings): Promise<readonly ContainerState[]> {
  return await firstValueFrom(
    askContainers({ endpoint, token, timeout: LIST_WITHIN }).pipe(
      map(({ containers }) => containers),
      catchError(() => of([])),
    ),
  );
}

/**
 * Suggests a known action for one that no engine is known to emit. The given action may exist all
 * the same.
 */
function hintAt({ filters = {} }: Query, io: Io): void {
  const hint = (values: readonly string[] = [], known: readonly string[]): void => {
    for (const value of values) {
      if (known.includes(value) || /[*?: ]/.test(value)) continue;
      const meant = closest(value, known);
      if (meant !== undefined)
        say(io, `--filter: no engine is known to emit '${value}': did you mean ${meant}?`);
    }
  };
  hint(filters.event, ACTIONS);
  hint(filters.type, TYPES);
}

/** Suggests the name of a container for one that no container has. */
function hintAtNames({ name = [] }: Query, seed: readonly ContainerState[], io: Io): void {
  const names = seed.flatMap((each) => each.name ?? []);
  for (const each of [name].flat()) {
    const { exact, matches } = typeof each === 'string' ? parseNamePattern(each) : each;
    if (exact === undefined || seed.some(matches)) continue;
    const meant = closest(exact, names);
    if (meant !== undefined) say(io, `no container is called '${exact}' now: did you mean ${meant}?`);
  }
}

/** Prints the command that continues after the last event. */
function sayResume(cursor: string, io: Io): void {
  const dim = io.stderr.isTTY === true && io.env['NO_COLOR'] === undefined;
  const words = ['tidings', ...withoutBeginning(io.args), '--cursor', cursor].map(quoted).join(' ');
  const text = `to continue after the last event: ${words}`;
  io.stderr.write(dim ? `\r\u001b[90m${safe(text)}\u001b[39m\n` : `${safe(text)}\n`);
}

/** The arguments without those that set the start of the stream. */
function withoutBeginning(words: readonly string[]): string[] {
  const left: string[] = words[0] === undefined || words[0].startsWith('-') ? ['events'] : [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (/^(-S|--since|--tail|--cursor)$/.test(word)) i++;
    else if (!/^(-S.|--(since|tail|cursor)=)/.test(word)) left.push(word);
  }
  return left;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function nowhere(): Io['stderr'] {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
