/** `tidings expect`: checks that events occur as expected, for scripts and CI. */
import type { Command } from 'commander';
import { filter, firstValueFrom, map, NEVER, tap } from 'rxjs';
import { matchSequence } from '../../operators/matchSequence.ts';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import type { EngineEvent, Frame } from '../../src/index.ts';
import { parseExpected } from '../arguments/event-pattern.ts';
import { comparable, type ExpectStep } from '../arguments/printed-line.ts';
import { EXIT, endedBy, readOption } from '../exit.ts';
import { readDuration, readTime } from '../source/query-flags.ts';
import { failureOf, eventStream } from '../source/event-stream.ts';
import { type Io, say } from '../io.ts';
import { createDescriber } from '../render/describe.ts';
import { createRenderer } from '../render/index.ts';
import { gapText, type Renderer } from '../render/renderer.ts';
import { addPlaceOptions, type PlaceFlags, settle } from '../settings/place.ts';

interface Flags extends PlaceFlags {
  readonly within?: string;
  readonly since?: string;
  readonly output: 'text' | 'json';
  readonly quiet?: boolean;
}

/** Exit code if the expectation is not met. */
const NOT_MET = 1;

const EXAMPLES = `
Examples:
  tidings expect 'web start' 'web health_status:healthy' --within 1m
  tidings expect 'job-* die exitCode=0' -S 10s
  tidings expect '05:43:36  job  die ✓ exit 0 after 2.5 s'

A pattern is [NAME] ACTION [KEY=VALUE]…: a name, id or name pattern, an action, and filters as in events -f; or it is a
line that tidings events has printed as text, wide, json, docker or isula. Of a line, the time and the length of the
run are not compared, and of attributes only exit code and signal. Events must match the patterns in order; other
events may come in between. The command prints the matching events.

Exit codes: 0 all matched, 1 not all matched, 64 usage, 69 no daemon and no engine.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  addPlaceOptions(
    command
      .argument('<pattern...>', 'the expected events, in this order')
      .option('--within <duration>', 'time limit for all of them (default: no limit)')
      .option('-S, --since <time>', 'start time; without it, live events only')
      .addOption(
        command
          .createOption('-o, --output <format>', 'text or json')
          .choices(['text', 'json'])
          .default('text'),
      )
      .option('-q, --quiet', 'do not print the awaited events'),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (patterns: readonly string[], flags: Flags) => exit(await expect(patterns, flags, io)));
}

async function expect(patterns: readonly string[], flags: Flags, io: Io): Promise<number> {
  const { within, since } = flags;
  const steps = patterns.map((pattern) => readOption('pattern', () => parseExpected(pattern)));
  const limit = within === undefined ? undefined : readDuration('--within', within);
  const from = since === undefined ? undefined : readTime('--since', since, io.now());
  const renderer = await createRenderer({ output: flags.output, color: 'auto' }, io);
  const settings = await settle(flags, io);
  const awaited = steps.map(({ text }) => `'${text}'`).join(', then ');
  if (flags.quiet !== true)
    say(io, `waiting for ${awaited}${within === undefined ? '' : `, for at most ${within}`}`);
  const matcher = new Matcher(renderer);
  const verdict = eventStream({ since: from }, settings, NEVER, io).pipe(
    tap((frame) => frame.kind === 'gap' && say(io, gapText(frame))),
    filter((frame): frame is Extract<Frame, { kind: 'event' }> => frame.kind === 'event'),
    map(({ event, cursor }) => {
      matcher.take(event, cursor);
      return event;
    }),
    matchSequence(
      steps.map((step) => (event: EngineEvent) => matcher.matches(step, event)),
      { within: limit },
    ),
    takeUntilCancelled(io.signal),
  );
  try {
    const found = await firstValueFrom(verdict);
    for (const line of matcher.lines) io.stdout.write(`${line}\n`);
    if (found.met) return EXIT.done;
    const why = found.reason === 'timeout' ? `within ${within}` : 'before the stream ended';
    say(io, `not met ${why}: ${steps[found.missing]?.text ?? ''}`);
    return NOT_MET;
  } catch (error) {
    if (io.signal.aborted) return endedBy(io.signal);
    throw failureOf(error);
  }
}

/** Tests each event once, with the description that the events before it explain. */
class Matcher {
  /** The matched events, as lines. */
  readonly lines: string[] = [];
  readonly #renderer: Renderer;
  readonly #describer = createDescriber();
  #cursor = '';
  #line = '';

  constructor(renderer: Renderer) {
    this.#renderer = renderer;
  }

  take(event: EngineEvent, cursor: string): void {
    this.#cursor = cursor;
    this.#line = comparable(this.#describer.describe(event));
  }

  matches(step: ExpectStep, event: EngineEvent): boolean {
    const met = step.matches(event, this.#line);
    if (met) this.lines.push(this.#renderer.event(event, this.#cursor));
    else this.#renderer.note?.(event);
    return met;
  }
}
