/** `tidings replay`: feeds a recording to any output, at its own pace or faster. */
import type { Command } from 'commander';
import { usage } from '../exit.ts';
import type { Io } from '../io.ts';
import { FasterClock } from '../source/pace.ts';
import { readDuration } from '../source/query-flags.ts';
import { addOutputOptions, addSelectionOptions, type EventsFlags, printEvents } from './events.ts';

interface Flags extends EventsFlags {
  readonly speed: string;
  readonly idle?: string;
}

const EXAMPLES = `
Examples:
  tidings journal export -S 22:00 > night.ndjson
  tidings replay night.ndjson --speed 60           an hour in a minute, as the tail showed it
  tidings replay night.ndjson web --idle 2         events of web, and no wait is longer than two seconds
  tidings replay night.ndjson event=die --speed max -o json
  tidings replay night.ndjson --exec './page-me {{.Name}}' --speed max

A recording is a file from tidings events -o json or tidings journal export. Times are those of the recording.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  command
    .argument('<file>', 'the recording; - is standard input')
    .argument('[name...]', 'names, ids, patterns or filters; without any, all events')
    .option('--speed <factor>', 'seconds of the recording in a second, or max', '1')
    .option('--idle <duration>', 'longest wait between two events; a bare number means seconds');
  addOutputOptions(addSelectionOptions(command, 'start time; without it, the whole recording'))
    .addHelpText('after', EXAMPLES)
    .action(async (from: string, names: readonly string[], flags: Flags) => {
      const speed = flags.speed === 'max' ? Infinity : Number(flags.speed);
      if (!(speed > 0)) {
        throw usage(
          `--speed: invalid factor '${flags.speed}': right would be a number above 0 such as 10, or max`,
        );
      }
      const idle = flags.idle === undefined ? Infinity : readDuration('--idle', flags.idle);
      const clock = speed === Infinity ? undefined : new FasterClock(speed);
      exit(await printEvents(names, { ...flags, from, follow: false }, io, { speed, idle, clock }));
    });
}
