/** `tidings wait`: until a container has come to something. */
import type { Definition } from '../arguments/definition.ts';
import { firstValueFrom, mergeMap, throwError, timeout, TimeoutError } from 'rxjs';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import { type Condition, CONDITIONS, findContainer, instant, wait, WaitError } from '../../src/index.ts';
import { EXIT, Failure, readOption, SIGNAL_EXIT } from '../exit.ts';
import { type Io, type SignalName } from '../io.ts';
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

Exit codes: the container's with --for exited, else 0; 1 there is no such container or it is gone, 124 the time
was over, 64 usage, 69 no daemon and no engine.`;

export function define(command: Definition, io: Io, exit: (code: number) => void): void {
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
    limit === undefined
      ? (source) => source
      : timeout({ first: limit, with: () => throwError(() => new TimeoutError()) }),
    takeUntilCancelled(io.signal),
  );
  try {
    const { exitCode = 0 } = await firstValueFrom(found);
    if (flags.for !== 'exited') return EXIT.done;
    io.stdout.write(`${exitCode}\n`);
    return exitCode;
  } catch (error) {
    if (io.signal.aborted) return SIGNAL_EXIT[io.signal.reason as SignalName];
    if (error instanceof WaitError) throw new Failure(1, error.message, { cause: error });
    if (error instanceof RangeError) throw new Failure(EXIT.usage, error.message, { cause: error });
    if (!(error instanceof TimeoutError)) throw error;
    throw new Failure(TIMED_OUT, `${name} was not ${flags.for} within ${most}`, { cause: error });
  }
}
