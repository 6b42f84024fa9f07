/** `tidings ps`: the containers now or at a past time. */
import type { Command } from 'commander';
import { auditTime, firstValueFrom, from, merge, mergeMap, startWith, tap, timer } from 'rxjs';
import { byName } from '../../operators/byName.ts';
import type { ContainerState } from '../../operators/container-state.ts';
import { parseNamePattern } from '../../operators/name-pattern.ts';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import { askContainers, type ContainersAnswer, DaemonError, instant } from '../../src/index.ts';
import { stringify } from '../../src/internal.ts';
import { EXIT, endedBy, readOption, usage } from '../exit.ts';
import { failureOf } from '../source/event-stream.ts';
import { type Io, say } from '../io.ts';
import type { ColourChoice } from '../render/colour.ts';
import { shortId } from '../render/describe.ts';
import { loadTheme } from '../render/index.ts';
import type { ThemeChoice } from '../render/theme-choice.ts';
import { safe } from '../safe.ts';
import { repeatable } from '../arguments/repeatable.ts';
import { addColourOptions } from '../settings/colour-options.ts';
import { addPlaceOptions, type PlaceFlags, settle, type Settings } from '../settings/place.ts';
import { readTime } from '../source/query-flags.ts';
import { watchedContainers } from '../source/watched-containers.ts';

interface Flags extends PlaceFlags {
  readonly name?: readonly string[];
  readonly all?: boolean;
  readonly at?: string;
  readonly watch?: boolean;
  readonly output?: string;
  readonly format?: string;
  readonly color: ColourChoice;
  readonly theme: ThemeChoice;
  readonly quiet?: boolean;
  readonly trunc: boolean;
}

/**
 * Shortest time between two pictures of --watch, and the interval of updates for the ages: in ms.
 */
const DRAW = 250;
const AGE = 1000;

const EXAMPLES = `
Examples:
  tidings ps                        the running containers of all engines
  tidings ps -a 'web-*'             matching containers, running or not
  tidings ps --at '03:00'           containers at that time, from the daemon's journal
  tidings ps -o json | jq .state
  tidings ps --format 'table {{.Names}}\\t{{.Status}}\\t{{.Labels.tier}}'

Fields of templates: .ID, .Names, .Image, .State, .Status, .RunningFor, .Labels, .Name (project/service of compose),
.Health, .ExitCode, .Restarts, .Pid, .Engine.
With --at, a ? after a state means that events about the container may be missing.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  addPlaceOptions(
    addColourOptions(
      command
        .argument('[name...]', 'names, ids or patterns; without any, all containers')
        .option('-n, --name <name>', 'a name as an option (repeatable: any of them)', repeatable)
        .option('-a, --all', 'include stopped containers')
        .option('-q, --quiet', 'print ids only')
        .option('--no-trunc', 'print full ids')
        .option('--at <time>', 'show the containers at that time')
        .option('--watch', 'update on every change')
        .option('-o, --output <format>', "table, json or a template as in docker ps: '{{.Names}}'")
        .option('--format <format>', 'the same as --output'),
    ),
  )
    .option('--data-dir <dir>', 'directory of the journal, for --at without a daemon (TIDINGS_DATA_DIR)')
    .addHelpText('after', EXAMPLES)
    .action(async (names: readonly string[], flags: Flags) =>
      exit(await ps({ ...flags, name: [...names, ...(flags.name ?? [])] }, io)),
    );
}

async function ps(flags: Flags, io: Io): Promise<number> {
  const { name = [], at, watch = false } = flags;
  for (const pattern of name) readOption('--name', () => parseNamePattern(pattern));
  if (at !== undefined && watch) throw usage('--at and --watch exclude each other: the past does not change');
  const time = at === undefined ? undefined : readTime('--at', at, io.now());
  const settings = await settle(flags, io);
  const print = await printer(flags, io);
  if (time === undefined) return await printNow(watch, print, settings, io);
  const { containers, gaps = [] } = await containersAt(time, settings, io);
  for (const { reason, since, until } of gaps) {
    say(io, `gap (${reason}): events may be missing from ${text(since)} to ${text(until)}`);
  }
  print(containers, time);
  return EXIT.done;
}

const text = (nanos: string): string => instant.format(BigInt(nanos), { zone: 'local', digits: 3 });

async function printNow(watch: boolean, print: Print, settings: Settings, io: Io): Promise<number> {
  const draw = ({ states }: { readonly states: Iterable<ContainerState> }): void =>
    print([...states], io.now());
  if (!watch) {
    draw(await firstValueFrom(watchedContainers(settings, io)));
    return EXIT.done;
  }
  return await new Promise<number>((resolve, reject) => {
    watchedContainers(settings, io)
      .pipe(
        mergeMap((found) =>
          merge(found.changes, timer(AGE, AGE)).pipe(
            auditTime(DRAW),
            startWith(undefined),
            tap(() => {
              // A screen is redrawn; elsewhere each picture follows the one before.
              io.stdout.write(io.stdout.isTTY === true ? '\u001b[H\u001b[2J' : '');
              draw(found);
            }),
          ),
        ),
        takeUntilCancelled(io.signal),
      )
      .subscribe({ error: reject, complete: () => resolve(endedBy(io.signal)) });
  });
}

/** From the daemon, or from its journal without a daemon. */
async function containersAt(time: bigint, settings: Settings, io: Io): Promise<ContainersAnswer> {
  const { endpoint, token, explicitHost, dataDir } = settings;
  try {
    return await firstValueFrom(askContainers({ endpoint, token, at: instant.format(time) }));
  } catch (error) {
    const absent = error instanceof DaemonError && error.code === 'absent' && !explicitHost;
    if (!absent) throw failureOf(error);
    const { openRecorded } = await import('../source/recorded.ts');
    const journal = openRecorded(dataDir, (notice) => say(io, notice));
    if (journal === undefined) throw failureOf(error);
    say(io, `${(error as Error).message}: reading the journal in ${dataDir}`);
    try {
      return await journal.containersAt(time);
    } finally {
      await journal.close();
    }
  }
}

const LIVE = new Set(['running', 'paused', 'restarting']);

/** Prints containers as they were at a time, in nanoseconds since the Unix epoch. */
type Print = (containers: readonly ContainerState[], at: bigint) => void;

async function printer(flags: Flags, io: Io): Promise<Print> {
  const { all = false, name = [], quiet = false, trunc } = flags;
  if (flags.output !== undefined && flags.format !== undefined) {
    throw usage('--output and --format are the same: give one');
  }
  const output = flags.output ?? flags.format ?? 'table';
  const template = output.includes('{{');
  if (!template && output !== 'table' && output !== 'json') {
    throw usage(
      `--output: unknown format '${output.slice(0, 80)}': known are table, json, or a template such as '{{.Names}}'`,
    );
  }
  const choose = (containers: readonly ContainerState[]): readonly ContainerState[] =>
    select(containers, name).filter(({ state }) => (all ? state !== 'removed' : LIVE.has(state)));
  if (quiet) {
    return (containers) => {
      for (const { id } of choose(containers)) {
        io.stdout.write(`${safe(trunc ? shortId(id) : id)}\n`);
      }
    };
  }
  if (output === 'json') {
    return (containers) => {
      for (const each of choose(containers)) io.stdout.write(`${stringify(each)}\n`);
    };
  }
  if (template) {
    const { containersTemplate } = await import('../render/template/container-fields.ts');
    const lines = containersTemplate(output, !trunc);
    return (containers, now) => {
      for (const line of lines(choose(containers), now)) io.stdout.write(`${line}\n`);
    };
  }
  const [table, { containersTable }] = await Promise.all([
    loadTheme(flags, io),
    import('../render/container-table.ts'),
  ]);
  const options = { theme: table, wholeIds: !trunc };
  return (containers, now) =>
    void io.stdout.write(`${containersTable(choose(containers), { ...options, now })}\n`);
}

function select(containers: readonly ContainerState[], name: readonly string[]): readonly ContainerState[] {
  if (name.length === 0) return containers;
  const found: ContainerState[] = [];
  from(containers)
    .pipe(byName(name))
    .subscribe((each) => found.push(each));
  return found;
}
