/** The file of a trial: its directory and its finished rounds, to continue after an interruption. */
import { appendFileSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A line of the file. */
type Line<Round> = { readonly directory: string } | { readonly round: Round };

export interface Trial<Round> {
  /** A short path. */
  readonly directory: string;
  /** The rounds before an interruption. */
  readonly before: readonly Round[];
  /** Keeps a finished round. */
  readonly note: (round: Round) => void;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** Opens the file of a trial; without one it cannot continue. */
export function openTrial<Round>(path: string | undefined): Trial<Round> {
  const file = path === undefined ? undefined : resolve(path);
  const text = file === undefined || !existsSync(file) ? '' : readFileSync(file, 'utf8');
  const lines = text.split('\n').flatMap((line) => parsed<Round>(line) ?? []);
  const found = lines.flatMap((line) => ('directory' in line ? line.directory : []))[0];
  const directory = found ?? mkdtempSync('/tmp/td-');
  const write = (line: Line<Round>): void => {
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
  };
  if (found === undefined) write({ directory });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return {
    directory,
    before: lines.flatMap((line) => ('round' in line ? line.round : [])),
    note: (round) => write({ round }),
    signal: stop.signal,
  };
}

/** @throws RangeError if it is not a count of rounds */
export function readRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds > 0) return rounds;
  throw new RangeError(`--rounds ${text}: a whole number, 1 or more, is right`);
}

/** The last line of an interrupted trial may be cut. */
function parsed<Round>(text: string): Line<Round> | undefined {
  try {
    return JSON.parse(text) as Line<Round>;
  } catch {
    return undefined;
  }
}
