/** Retention of a journal, from the flags. */
import type { Command } from 'commander';
import { instant } from '../../src/index.ts';
import { readOption, usage } from '../exit.ts';
import { parseSize } from '../../src/size.ts';

export interface RetentionFlags {
  readonly retainAge: string;
  readonly retainSize: string;
}

/** Adds the flags to a command. Their defaults are those of the journal. */
export function defineRetention(command: Command): void {
  command
    .option('--retain-age <duration>', 'delete older events', '7d')
    .option('--retain-size <size>', 'most disk space of events', '1GiB');
}

/** Milliseconds and bytes. Throws a `Failure` if a value is invalid. */
export function readRetention(flags: RetentionFlags): { retainAge: number; retainSize: number } {
  const { retainAge: age, retainSize: size } = flags;
  const retainAge = instant.toMillis(readOption('--retain-age', () => instant.parseDuration(age)));
  if (retainAge < 1000) throw usage(`--retain-age: ${age} is too short: 1s or more`);
  const retainSize = readOption('--retain-size', () => parseSize(size));
  if (retainSize < 2 ** 20) throw usage(`--retain-size: ${size} is too small: 1MiB or more`);
  return { retainAge, retainSize };
}
