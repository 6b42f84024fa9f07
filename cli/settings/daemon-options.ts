/**
 * Options of the daemon, from the flags of `tidings serve`: all are checked before anything starts.
 */
import { chooseEngines, type DaemonOptions } from '../../src/index.ts';
import type { Durability } from '../../src/journal.ts';
import { type LimitFlags, readLimits } from './limit-flags.ts';
import { readOption, usage } from '../exit.ts';
import type { Io } from '../io.ts';
import { parseSize } from '../../src/size.ts';
import { wholeNumber } from './number-option.ts';
import { readRetention } from './retention-flags.ts';
import { settleDirectories } from './place.ts';
import { readTcp, type TcpFlags } from './tcp-flags.ts';

export interface ServeFlags extends TcpFlags, LimitFlags {
  readonly stateDir?: string;
  readonly dataDir?: string;
  readonly engine?: readonly string[];
  readonly journal: boolean;
  readonly durability: Durability;
  readonly retainAge: string;
  readonly retainSize: string;
  readonly rules?: string;
  readonly forward?: string;
  readonly dryRun?: boolean;
  readonly limit: string;
  readonly limitBytes: string;
  readonly clientBytes: string;
}

/** Reads the flags. Throws a `Failure` with the flag and a valid form. */
export async function readServe(flags: ServeFlags, io: Io): Promise<DaemonOptions> {
  const { engine: engines = [], durability } = flags;
  readOption('--engine', () => chooseEngines(engines, io.env));
  const limit = wholeNumber('--limit', flags.limit, { least: 1, largest: 2 ** 24 });
  const limitBytes = bytesOf('--limit-bytes', flags.limitBytes);
  const clientBytes = bytesOf('--client-bytes', flags.clientBytes);
  const limits = readLimits(flags);
  const { retainAge, retainSize } = readRetention(flags);
  const { rules, dryRun, forward } = flags;
  if (forward !== undefined && !flags.journal)
    throw usage('--forward: positions and unsent events are in the journal: leave out --no-journal');
  if (dryRun === true && rules === undefined)
    throw usage('--dry-run: there is nothing to try: give --rules a file');
  const tcp = readTcp(flags);
  const { stateDir, dataDir } = await settleDirectories(flags, io);
  return {
    ...{ stateDir, dataDir: flags.journal ? dataDir : undefined, durability, retainAge, retainSize },
    ...{ rules, dryRun, forward, engines, limit, limitBytes, clientBytes, limits, tcp, env: io.env },
  };
}

/** A number of bytes, 1 MiB or more: less is a slip, such as `64` for `64MiB`. */
function bytesOf(flag: string, text: string): number {
  const bytes = readOption(flag, () => parseSize(text));
  if (bytes < 2 ** 20) throw usage(`${flag}: ${text} is too small: 1MiB or more`);
  return bytes;
}
