/** `tidings journal`: inspects and edits the journal on disk. */
import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { framesIn, instant, type Query } from '../../src/index.ts';
import { LockError } from '../../src/internal.ts';
import {
  importEvents,
  inspectJournal,
  journalIn,
  type JournalReport,
  openJournal,
} from '../../src/journal.ts';
import { EXIT, Failure } from '../exit.ts';
import { type Io, say } from '../io.ts';
import { readQuery } from '../source/query-flags.ts';
import { openRecorded } from '../source/recorded.ts';
import { writeExport } from '../output/export.ts';
import { Progress } from '../output/progress-line.ts';
import { defineRetention, readRetention, type RetentionFlags } from '../settings/retention-flags.ts';
import { safe } from '../safe.ts';
import { settleDirectories } from '../settings/place.ts';
import { sizeText } from '../../src/size.ts';

interface Flags {
  readonly dataDir?: string;
  readonly since?: string;
  readonly until?: string;
}

const EXAMPLES = `
Examples:
  tidings journal info
  tidings journal export -S 2026-11-20 > week.ndjson
  tidings events --from week.ndjson -n web
  tidings journal import week.ndjson --data-dir /tmp/elsewhere
  tidings journal prune --retain-age 1d

info, verify and export can read a journal while a daemon writes it; import and prune need the daemon stopped.

Exit codes: 0 success, 1 verify found damage, 64 usage or invalid file to import, 69 no journal or journal in use.`;

const DATA_DIR = ['--data-dir <dir>', 'directory of the journal (TIDINGS_DATA_DIR)'] as const;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  const directoryOf = async (
    self: Command,
  ): Promise<{ directory: string; dataDir: string; flags: Flags }> => {
    const flags: Flags = self.optsWithGlobals();
    const { dataDir } = await settleDirectories(flags, io);
    return { directory: journalIn(dataDir), dataDir, flags };
  };
  command
    .usage('info|verify|export|import|prune [options]')
    .option(...DATA_DIR)
    .addHelpText('after', EXAMPLES);
  command
    .command('info')
    .description('print its size, its time range and its gaps')
    .option(...DATA_DIR)
    .action(async (_: Flags, self: Command) => exit(info(await directoryOf(self), io, false)));
  command
    .command('verify')
    .description('read all of it and report damage')
    .option(...DATA_DIR)
    .action(async (_: Flags, self: Command) => exit(info(await directoryOf(self), io, true)));
  command
    .command('export')
    .description('print its events and gaps as lines of JSON')
    .option('-S, --since <time>', 'start time')
    .option('-U, --until <time>', 'end time')
    .option(...DATA_DIR)
    .action(async (_: Flags, self: Command) => {
      const { dataDir, flags, directory } = await directoryOf(self);
      const query = readQuery({ ...flags, follow: false }, io.now());
      exit(await exportEvents(dataDir, directory, query, io));
    });
  command
    .command('import <file>')
    .description('import an export; - is standard input')
    .option(...DATA_DIR)
    .action(async (file: string, _: Flags, self: Command) => {
      const { directory } = await directoryOf(self);
      const source = file === '-' ? process.stdin : createReadStream(file);
      const progress = new Progress(io, 'imported');
      const onProgress = (count: number): void => progress.show(count);
      const { events, gaps } = await owning(`import ${file}`, () =>
        importEvents(framesIn(source), { directory, onProgress }),
      ).finally(() => progress.end());
      say(io, `${events} events and ${gaps} gaps are now in ${directory}`);
      exit(EXIT.done);
    });
  const pruning = command.command('prune').description('delete events beyond this age or size');
  defineRetention(pruning);
  pruning.option(...DATA_DIR).action(async (flags: RetentionFlags, self: Command) => {
    const { directory } = await directoryOf(self);
    exit(await prune(directory, flags, io));
  });
}

function reportOf(directory: string, verify: boolean): JournalReport {
  let report: JournalReport | undefined;
  try {
    report = inspectJournal(directory, { verify });
  } catch (error) {
    throw new Failure(EXIT.unavailable, `cannot read the journal: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (report === undefined) throw none(directory);
  return report;
}

function info({ directory }: { directory: string }, io: Io, verify: boolean): number {
  const report = reportOf(directory, verify);
  const { events, bytes, since, until, segments, snapshots, gaps, problems } = report;
  const time = (value: instant.Instant | undefined): string =>
    value === undefined ? '-' : instant.format(value);
  const lines = [
    ['journal', directory],
    ['epoch', report.epoch],
    ['events', `${events}, ${report.oldest} to ${report.newest}`],
    ['times', `${time(since)} to ${time(until)}`],
    ['size', `${sizeText(bytes)}, segments: ${segments}, snapshots of states: ${snapshots}`],
    ...gaps.map(({ reason, count, numbers }) => ['gaps', `${count} ${reason}, ${numbers} numbers`]),
    ['ended', report.clean ? 'in order' : 'not yet, or by a crash'],
    ...problems.map((problem) => ['damage', problem]),
    ...(verify && problems.length === 0 ? [['verified', 'all events can be read']] : []),
  ];
  io.stdout.write(lines.map(([name = '', value = '']) => `${name.padEnd(9)} ${safe(value)}\n`).join(''));
  return verify && problems.length > 0 ? EXIT.unmet : EXIT.done;
}

async function exportEvents(dataDir: string, directory: string, query: Query, io: Io): Promise<number> {
  const journal = openRecorded(dataDir, (text) => say(io, text));
  if (journal === undefined) throw none(directory);
  return await writeExport(journal, query, io);
}

async function prune(directory: string, flags: RetentionFlags, io: Io): Promise<number> {
  const before = reportOf(directory, false);
  const journal = await owning('prune', () => openJournal({ directory, ...readRetention(flags) }));
  await journal.close();
  const after = inspectJournal(directory);
  const gone = before.events - (after?.events ?? 0);
  say(io, `${gone} events are gone, ${after?.events ?? 0} are left: ${sizeText(after?.bytes ?? 0)}`);
  return EXIT.done;
}

/** Runs a task that needs the journal for itself. */
async function owning<T>(what: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof LockError) throw new Failure(EXIT.unavailable, message, { cause: error });
    // The input is not an export, or does not fit this journal.
    const code = error instanceof RangeError ? EXIT.usage : EXIT.unavailable;
    throw new Failure(code, `cannot ${what}: ${message}`, { cause: error });
  }
}

function none(directory: string): Failure {
  return new Failure(
    EXIT.unavailable,
    `no journal in ${directory}: 'tidings serve' writes one there, or give another --data-dir`,
  );
}
