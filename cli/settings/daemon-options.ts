/** What the daemon is told, from the flags of `tidings serve`: checked here in full, before anything starts. */
import { chooseEngines, type DaemonOptions, type Durability } from '../../src/index.ts';
import { readOption, usage } from '../exit.ts';
import type { Io } from '../io.ts';
import { readRetention } from './retention-flags.ts';
import { settleDirectories } from './place.ts';
import { readTcp, type TcpFlags } from './tcp-flags.ts';

export interface ServeFlags extends TcpFlags {
  readonly stateDir?: string;
  readonly dataDir?: string;
  readonly engine?: readonly string[];
  readonly journal: boolean;
  readonly durability: Durability;
  readonly retainAge: string;
  readonly retainSize: string;
  readonly rules?: string;
  readonly dryRun?: boolean;
  readonly limit: string;
  readonly maxSubscriptions: string;
}

/** Reads the flags. Throws a `Failure` that names the flag and says what would be right. */
export async function readServe(flags: ServeFlags, io: Io): Promise<DaemonOptions> {
  const { engine: engines = [], durability } = flags;
  readOption('--engine', () => chooseEngines(engines, io.env));
  const limit = wholeNumber('--limit', flags.limit, 2 ** 24);
  const maxSubscriptions = wholeNumber('--max-subscriptions', flags.maxSubscriptions, 2 ** 20);
  const { retainAge, retainSize } = readRetention(flags);
  const { rules, dryRun } = flags;
  if (dryRun === true && rules === undefined)
    throw usage('--dry-run: there is nothing to try: give --rules a file');
  const tcp = readTcp(flags);
  const { stateDir, dataDir } = await settleDirectories(flags, io);
  return {
    ...{ stateDir, dataDir: flags.journal ? dataDir : undefined, durability, retainAge, retainSize },
    ...{ rules, dryRun, engines, limit, maxSubscriptions, tcp, env: io.env },
  };
}

function wholeNumber(flag: string, text: string, largest: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= largest) return value;
  throw usage(`${flag}: invalid number '${text.slice(0, 80)}': a whole number from 1 to ${largest}`);
}
