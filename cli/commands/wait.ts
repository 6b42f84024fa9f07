/** `tidings wait`: waits for a state of containers. */
import type { Command } from 'commander';
import {
  firstValueFrom,
  forkJoin,
  map,
  merge,
  mergeMap,
  share,
  take,
  throwError,
  TimeoutError,
  toArray,
} from 'rxjs';
import type { ContainerState } from '../../operators/index.ts';
import { after } from '../../operators/later.ts';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import { type Condition, CONDITIONS, findContainer, wait, WaitError } from '../../src/index.ts';
import { findContainers, waitForAny } from '../../src/internal.ts';
import { EXIT, endedBy, Failure, readOption } from '../exit.ts';
import type { Io } from '../io.ts';
import { safe } from '../safe.ts';
import { addPlaceOptions, type PlaceFlags, settle } from '../settings/place.ts';
import { readDuration } from '../source/query-flags.ts';
import { watchedContainers } from '../source/watched-containers.ts';

interface Flags extends PlaceFlags {
  readonly for: Condition;
  readonly timeout?: string;
  readonly any?: boolean;
}

/** Exit code of a timeout, as in timeout(1). */
const TIMED_OUT = 124;

const EXAMPLES = `
Examples:
  tidings wait job                            prints the exit code of job, and exits with it
  tidings wait a b c                          waits for all three, and prints their exit codes in this order
  tidings wait a b --any --timeout 5          waits for one of them, for at most five seconds
  tidings wait web --for healthy --timeout 1m

A name that containers of several engines have is refused, as it has no single exit code: give an id. With --any it
means each of them; the line of the first then also has its engine and id.
Exit codes: with --for exited the container's own (of a code above 255 its lowest 8 bits, or 255 if these are 0); of
several containers the first that is not 0; else 0. 1 no such container, it is removed, or its exit code is unknown;
124 time limit reached, 64 usage, 69 no daemon and no engine.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  addPlaceOptions(
    command
      .argument('<name...>', 'names or ids of containers')
      .addOption(
        command
          .createOption('--for <condition>', 'the state to wait for')
          .choices(CONDITIONS)
          .default('exited'),
      )
      .option('--any', 'wait for one of them, not for all')
      .option('--timeout <duration>', 'time limit; a bare number means seconds'),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (names: readonly string[], flags: Flags) => exit(await waitFor(names, flags, io)));
}

/**
 * The exit code of a container as that of a process, of which the system keeps 8 bits. A failure
 * remains a failure: codes of Windows have 32 bits, of which the lowest 8 may be 0 (0xC0000100).
 */
function exitStatus(code: number): number {
  return code !== 0 && (code & 0xff) === 0 ? 255 : code & 0xff;
}

async function waitFor(names: readonly string[], flags: Flags, io: Io): Promise<number> {
  for (const name of names) readOption('name', () => findContainer([], name));
  const most = flags.timeout;
  const limit = most === undefined ? undefined : readDuration('--timeout', most);
  const settings = await settle(flags, io);
  const found = watchedContainers(settings, io).pipe(
    mergeMap(({ states, changes }) => {
      // One stream of changes for all names.
      const watched = { states, changes: changes.pipe(share()) };
      const each = names.map((name) => {
        const found = flags.any === true ? waitForAny : wait;
        const several = flags.any === true && findContainers(states, name).length > 1;
        return found(watched, name, flags.for).pipe(map((state) => ({ name, state, several })));
      });
      return flags.any === true ? merge(...each).pipe(take(1), toArray()) : forkJoin(each);
    }),
  );
  const outcome = (
    limit === undefined
      ? found
      : merge(found, after(limit).pipe(mergeMap(() => throwError(() => new TimeoutError()))))
  ).pipe(takeUntilCancelled(io.signal));
  try {
    const ended = await firstValueFrom(outcome);
    if (flags.for !== 'exited') return EXIT.done;
    const codes = ended.map(({ name, state }) => exitCodeOf(name, state));
    const shown = ended.map(({ name, state, several }, index) => {
      if (flags.any !== true) return String(codes[index]);
      return `${name} ${codes[index]}${several ? ` ${state.engine} ${state.id}` : ''}`;
    });
    for (const line of shown) io.stdout.write(`${safe(line)}\n`);
    return codes.map(exitStatus).find((status) => status !== 0) ?? EXIT.done;
  } catch (error) {
    if (io.signal.aborted) return endedBy(io.signal);
    if (error instanceof WaitError) throw new Failure(1, error.message, { cause: error });
    if (error instanceof RangeError) throw new Failure(EXIT.usage, error.message, { cause: error });
    if (!(error instanceof TimeoutError)) throw error;
    const verb = names.length === 1 ? 'was' : 'were';
    const time = /^[\d.]+$/.test(most ?? '') ? `${most} s` : most;
    throw new Failure(TIMED_OUT, `${names.join(', ')} ${verb} not ${flags.for} within ${time}`, {
      cause: error,
    });
  }
}

function exitCodeOf(name: string, { exitCode, oomKilled }: ContainerState): number {
  const code = exitCode ?? (oomKilled ? 137 : undefined);
  if (code !== undefined) return code;
  throw new Failure(1, `${name} has ended, and its exit code is not known`);
}
