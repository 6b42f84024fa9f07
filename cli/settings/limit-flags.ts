/** `--max-…`: the limits on clients of the daemon, each with its own flag. */
import { type LimitName, LIMITS, type LimitValues } from '../../src/internal.ts';
import { type Command, Option } from 'commander';
import { wholeNumber } from './number-option.ts';

type Key<Name extends string> = `max${Capitalize<Name>}`;

export type LimitFlags = { readonly [Name in LimitName as Key<Name>]: string } & {
  /** The former name of `--max-unauthorized`. */
  readonly maxStrangers?: string;
};

const RANGE = { least: 1, largest: 2 ** 20 };

const NAMES = Object.keys(LIMITS) as LimitName[];

/** Adds the flags to a command. */
export function defineLimits(command: Command): void {
  for (const name of NAMES) {
    const { of, default: value } = LIMITS[name];
    command.option(`--max-${kebab(name)} <n>`, `most ${of}`, String(value));
  }
  command.addOption(new Option('--max-strangers <n>').hideHelp());
}

/** Reads the flags. Throws a `Failure` with the flag and a valid form. */
export function readLimits(flags: LimitFlags): LimitValues {
  const limits = Object.fromEntries(
    NAMES.map((name) => [name, wholeNumber(`--max-${kebab(name)}`, flags[keyOf(name)], RANGE)]),
  );
  const { maxStrangers } = flags;
  if (maxStrangers === undefined) return limits;
  return { ...limits, unauthorized: wholeNumber('--max-strangers', maxStrangers, RANGE) };
}

function keyOf(name: LimitName): Key<LimitName> {
  return `max${name.charAt(0).toUpperCase()}${name.slice(1)}` as Key<LimitName>;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
