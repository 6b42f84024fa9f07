/** `tidings report`: the summary of a period. */
import type { Command } from 'commander';
import { catchError, lastValueFrom, type Observable, of, tap, throwError } from 'rxjs';
import { createReporter } from '../../operators/reporter.ts';
import type { Report } from '../../operators/report.ts';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import { type Frame, gapEvent, type IncomingEvent, instant } from '../../src/index.ts';
import { stringify } from '../../src/internal.ts';
import { EXIT, endedBy, readOption, usage } from '../exit.ts';
import type { Io } from '../io.ts';
import type { ColourChoice } from '../render/colour.ts';
import { glyphsFor } from '../render/glyphs.ts';
import { loadTheme } from '../render/index.ts';
import type { ThemeChoice } from '../render/theme-choice.ts';
import { addColourOptions } from '../settings/colour-options.ts';
import { addPlaceOptions, type PlaceFlags, settle, type Settings } from '../settings/place.ts';
import { eventStream, failureOf } from '../source/event-stream.ts';

interface Flags extends PlaceFlags {
  readonly since: string;
  readonly until?: string;
  readonly output: 'text' | 'json' | 'html';
  readonly utc?: boolean;
  readonly color: ColourChoice;
  readonly theme: ThemeChoice;
}

const EXAMPLES = `
Examples:
  tidings report                        the last 24 hours
  tidings report -S 22:00 -U 07:00      last night
  tidings report -S 7d -o json | jq .deaths
  tidings report -S 22:00 -o html > night.html    the same as a page, with its events inside

Shows deaths by cause, crash loops, outages, unhealthy times, changed images, engine restarts and gaps. Unrequested
deaths come first. A period without trouble gives one line.`;

/**
 * Length of the time before the period whose events determine the containers and images at its
 * start: one day, in ns.
 */
const BEFORE = 86_400_000_000_000n;
const DAY = 86_400_000_000_000n;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  addPlaceOptions(
    addColourOptions(
      command
        .option('-S, --since <time>', 'start of the period', '24h')
        .option('-U, --until <time>', 'end of the period (default: now)')
        .addOption(
          command
            .createOption('-o, --output <format>', 'text, json or html')
            .choices(['text', 'json', 'html'])
            .default('text'),
        )
        .option('--utc', 'print times in UTC instead of the local zone'),
    ),
  )
    .option('--data-dir <dir>', 'directory of the journal, used without a daemon (TIDINGS_DATA_DIR)')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => exit(await report(flags, io)));
}

async function report(flags: Flags, io: Io): Promise<number> {
  const { since, until } = periodOf(flags, io.now());
  const settings = await settle(flags, io);
  if (flags.output === 'html') return await save({ since, until }, settings, io);
  const reporter = createReporter<IncomingEvent>({ since, until });
  const frames = eventStream({ since: since - BEFORE, until, follow: false }, settings, of(false), io).pipe(
    tap((frame) => take(frame, reporter, io)),
    catchError((error: unknown) => throwError(() => failureOf(error))),
  );
  await finished(frames, io.signal);
  if (io.signal.aborted) return endedBy(io.signal);
  const found = reporter.report();
  io.stdout.write(flags.output === 'json' ? `${stringify(found)}\n` : await textOf(found, flags, io));
  return EXIT.done;
}

/** Writes the page with the events of the period inside. */
async function save(
  period: { readonly since: bigint; readonly until: bigint },
  settings: Settings,
  io: Io,
): Promise<number> {
  const { MOST_EVENTS, savePage } = await import('../output/saved-page.ts');
  const query = { ...period, follow: false, tail: MOST_EVENTS };
  return await savePage({
    frames: (paused) =>
      eventStream(query, settings, paused, io).pipe(
        catchError((error: unknown) => throwError(() => failureOf(error))),
      ),
    ...period,
    view: 'report',
    daemon: settings,
    io,
  });
}

/**
 * The period. A later time of day than now means yesterday's: `-S 22:00` in the morning is last
 * night.
 */
function periodOf(flags: Flags, now: bigint): { readonly since: bigint; readonly until: bigint } {
  const read = (flag: string, text: string): bigint => {
    const time = readOption(flag, () => instant.parse(text, { now }));
    return time > now && /^\d{1,2}:\d{2}(:\d{2})?$/.test(text) ? time - DAY : time;
  };
  const until = flags.until === undefined ? now : read('--until', flags.until);
  const since = read('--since', flags.since);
  // `-S 22:00 -U 07:00` in the evening means the night before.
  const before = since > until && /^\d{1,2}:\d{2}(:\d{2})?$/.test(flags.since) ? since - DAY : since;
  if (before <= until) return { since: before, until };
  throw usage(
    `--since ${flags.since} (${instant.format(before)}) is after --until ${flags.until ?? 'now'} (${instant.format(until)}): ` +
      "'since' time cannot be after 'until' time",
  );
}

function take(frame: Frame, reporter: { add(event: IncomingEvent): void }, io: Io): void {
  if (frame.kind === 'event') reporter.add(frame.event);
  if (frame.kind !== 'gap') return;
  const detail = `${frame.count} events of the history are missing`;
  const loss = {
    source: { engine: 'tidings' },
    timeNano: io.now(),
    reason: frame.reason,
    detail,
    count: frame.count,
  };
  reporter.add(gapEvent(loss));
}

async function finished(frames: Observable<Frame>, signal: AbortSignal): Promise<void> {
  await lastValueFrom(frames.pipe(takeUntilCancelled(signal)), { defaultValue: undefined });
}

async function textOf(found: Report, flags: Flags, io: Io): Promise<string> {
  const [theme, { reportText }] = await Promise.all([
    loadTheme(flags, io),
    import('../render/report-text.ts'),
  ]);
  const { isTTY, columns } = io.stdout;
  return reportText(found, {
    theme,
    glyphs: glyphsFor(io.env),
    zone: flags.utc === true ? 'utc' : 'local',
    columns: isTTY === true ? columns : undefined,
  });
}
