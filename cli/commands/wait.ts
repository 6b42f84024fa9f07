/** `tidings wait`: until a container has come to something. */
import type { Command } from 'commander';
import { firstValueFrom, merge, mergeMap, throwError, TimeoutError } from 'rxjs';
import { after } from '../../operators/later.ts';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import { type Condition, CONDITIONS, findContainer, instant, wait, WaitError } from '../../src/index.ts';
import { EXIT, endedBy, Failure, readOption } from '../exit.ts';
import { type Io } from '../io.ts';
import { safe } from '../safe.ts';
import { addPlaceOptions, type PlaceFlags, settle } from '../settings/place.ts';
import { watchedContainers } from '../source/watched-containers.ts';

interface Flags extends PlaceFlags {
  readonly for: Condition;
  readonly timeout?: string;
}

/** As timeout(1) has it. */
const TIMED_OUT = 124;

const EXAMPLES = `
Examples:
  tidings wait job                            prints its exit code, and ends with it
  tidings wait web --for healthy --timeout 1m

Exit codes: the container's with --for exited (of a code beyond 255 its lowest 8 bits, and 255 if those are 0), else
0; 1 there is no such container, it is gone, or its exit code is not known; 124 the time was over, 64 usage, 69 no
daemon and no engine.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  addPlaceOptions(
    command
      .argument('<name>', 'the name or id of a container')
      .addOption(
        command.createOption('--for <condition>', 'what to wait for').choices(CONDITIONS).default('exited'),
      )
      .option('--timeout <duration>', 'how long at most'),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, flags: Flags) => exit(await waitFor(name, flags, io)));
}

/**
 * The exit code of a container as that of a process, of which the system keeps 8 bits. A failure stays one: those of
 * Windows have 32 bits, of which the lowest 8 may be 0 (0xC0000100).
 */
function exitStatus(code: number): number {
  return code !== 0 && (code & 0xff) === 0 ? 255 : code & 0xff;
}

async function waitFor(name: string, flags: Flags, io: Io): Promise<number> {
  readOption('name', () => findContainer([], name));
  const most = flags.timeout;
  const limit =
    most === undefined
      ? undefined
      : readOption('--timeout', () => instant.toMillis(instant.parseDuration(most)));
  const settings = await settle(flags, io);
  const found = watchedContainers(settings, io).pipe(
    mergeMap((containers) => wait(containers, name, flags.for)),
  );
  const outcome = (
    limit === undefined
      ? found
      : merge(found, after(limit).pipe(mergeMap(() => throwError(() => new TimeoutError()))))
  ).pipe(takeUntilCancelled(io.signal));
  try {
    const { exitCode, oomKilled } = await firstValueFrom(outcome);
    if (flags.for !== 'exited') return EXIT.done;
    const code = exitCode ?? (oomKilled ? 137 : undefined);
    if (code === undefined) throw new Failure(1, `${name} has ended, and its exit code is not known`);
    io.stdout.write(`${safe(String(code))}\n`);
    return exitStatus(code);
  } catch (error) {
    if (io.signal.aborted) return endedBy(io.signal);
    if (error instanceof WaitError) throw new Failure(1, error.message, { cause: error });
    if (error instanceof RangeError) throw new Failure(EXIT.usage, error.message, { cause: error });
    if (!(error instanceof TimeoutError)) throw error;
    throw new Failure(TIMED_OUT, `${name} was not ${flags.for} within ${most}`, { cause: error });
  }
}
