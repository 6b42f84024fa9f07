/** `tidings forward`: checks, watches and tries forwarders. */
import type { Command } from 'commander';
import { firstValueFrom } from 'rxjs';
import {
  askForwarders,
  checkForwarders,
  ForwardError,
  type ForwarderStatus,
  readForwarders,
  stringify,
  trySink,
} from '../../src/internal.ts';
import { EXIT, Failure, usage } from '../exit.ts';
import { type Io, say } from '../io.ts';
import { describeForwarder, forwarderTable } from '../render/forwarder-text.ts';
import { safe } from '../safe.ts';
import { addPlaceOptions, type PlaceFlags, settle } from '../settings/place.ts';
import { failureOf } from '../source/event-stream.ts';

interface StatusFlags extends PlaceFlags {
  readonly output: 'table' | 'json';
}

const EXAMPLES = `
Examples:
  tidings forward check forward.yaml          describes the forwarders, or lists errors as FILE:LINE: …
  tidings forward status                      position, lag and counts of each, from the daemon
  tidings forward status -o json | jq .lag    one object per line
  tidings forward test logs forward.yaml      sends one event of type tidings, action test, to a sink
  tidings forward test logs                   the same, with the file of the daemon

A secret that is missing on this machine is not an error of check: each gives a line on stderr.

Exit codes: 0 success, 1 the sink did not accept the event, 64 invalid file, 69 no daemon.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  command.addHelpText('after', EXAMPLES);
  command
    .command('check <file>')
    .description('report errors in a file of forwarders, and describe its forwarders')
    .action((file: string) => exit(check(file, io)));
  addPlaceOptions(
    command
      .command('status [name]')
      .description('show position, lag and counts of the forwarders of the daemon')
      .addOption(
        command
          .createOption('-o, --output <format>', 'table or json')
          .choices(['table', 'json'])
          .default('table'),
      ),
  ).action(async (name: string | undefined, flags: StatusFlags) => exit(await status(name, flags, io)));
  addPlaceOptions(
    command.command('test <name> [file]').description('send one event to the sink of a forwarder'),
  ).action(async (name: string, file: string | undefined, flags: PlaceFlags) =>
    exit(await test(name, file, flags, io)),
  );
}

function check(file: string, io: Io): number {
  return orProblems(io, () => {
    const { forwarders, missing } = checkForwarders(file);
    for (const forwarder of forwarders) io.stdout.write(`${safe(describeForwarder(forwarder))}\n`);
    for (const line of missing) say(io, `needed on the daemon's machine: ${line}`);
    return EXIT.done;
  });
}

/** Prints the errors of a file in the format of compilers, so that editors find the place. */
function orProblems<T>(io: Io, work: () => T): T | number {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ForwardError)) throw error;
    for (const line of error.message.split('\n')) io.stderr.write(`${safe(line)}\n`);
    return EXIT.usage;
  }
}

async function status(name: string | undefined, flags: StatusFlags, io: Io): Promise<number> {
  const all = await ask(flags, io);
  const shown = name === undefined ? all : [named(name, all)];
  if (shown.length === 0) say(io, 'the daemon has no forwarders: give it --forward FILE');
  const lines =
    flags.output === 'json' ? shown.map((each) => stringify(each)) : forwarderTable(shown).map(safe);
  io.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return EXIT.done;
}

async function ask(flags: PlaceFlags, io: Io): Promise<readonly ForwarderStatus[]> {
  const { endpoint, token } = await settle(flags, io);
  return await firstValueFrom(askForwarders({ endpoint, token })).catch((error: unknown) => {
    throw failureOf(error);
  });
}

function named<T extends { readonly name: string }>(name: string, all: readonly T[]): T {
  const found = all.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = all.map((each) => each.name).join(', ') || 'none';
  throw usage(`there is no forwarder ${JSON.stringify(name)}: known are ${names}`);
}

async function test(name: string, given: string | undefined, flags: PlaceFlags, io: Io): Promise<number> {
  const file = given ?? named(name, await ask(flags, io)).file;
  if (file === undefined)
    throw new Failure(EXIT.unavailable, `the daemon does not report the path of its file: add FILE`);
  const forwarders = orProblems(io, () => readForwarders(file));
  if (typeof forwarders === 'number') return forwarders;
  const forwarder = named(name, forwarders);
  const { result, detail } = await firstValueFrom(trySink(forwarder, { now: io.now(), stdout: io.stdout }));
  const { kind, target } = forwarder.sink;
  if (result === 'done') {
    say(io, `${name}: ${kind} ${target} accepted the event: ${detail}`);
    return EXIT.done;
  }
  say(io, `${name}: ${kind} ${target} did not accept the event: ${detail}`);
  return EXIT.unmet;
}
