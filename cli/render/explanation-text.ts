/** Prints an explanation for people. */
import type { ExplainedDeath, Explanation } from '../../operators/explanation.ts';
import { requestWord } from '../../operators/cause-text.ts';
import type { Neighbour } from '../../operators/neighbours.ts';
import { spanText } from '../../operators/span-text.ts';
import { instant } from '../../src/index.ts';
import type { HealthCheck } from '../../src/internal.ts';
import type { Theme } from './theme.ts';
import { safe } from '../safe.ts';

/** Facts that only the engine has. */
export interface EngineFacts {
  /** The engine's message about a failed start. */
  readonly error?: string;
  /** Failed health checks, the oldest first. */
  readonly checks?: readonly HealthCheck[];
  readonly log?: readonly string[];
  /** The reason why the engine could not be asked, if it was to be asked. */
  readonly unasked?: string;
}

export interface ExplanationOptions {
  readonly theme: Theme;
  readonly zone: 'utc' | 'local';
  /** Nanoseconds since the Unix epoch. */
  readonly now: bigint;
  /** True if other explanations are printed too: each then names its engine. */
  readonly withEngine: boolean;
  readonly facts: EngineFacts | undefined;
}

/** A headline, then one line for each fact: ends with a line break. */
export function explanationText(found: Explanation, options: ExplanationOptions): string {
  const { theme, zone, facts = {} } = options;
  const rows: (readonly [label: string, ...lines: string[]])[] = [];
  const add = (label: string, ...lines: (string | undefined)[]): void => {
    const texts = lines.filter((line) => line !== undefined);
    if (texts.length > 0) rows.push([label, ...texts]);
  };
  const time = (nanos: string): string =>
    instant.format(BigInt(nanos), { zone, digits: 3 }).slice(0, 23).replace('T', ' ');
  const { death, loop, earlier } = found;
  if (death !== undefined) {
    add(
      'died',
      `${time(death.time)}${death.duration === undefined ? '' : `, after a run of ${span(death.duration)}`}`,
    );
    add('exit', exitLine(death));
    add('asked', askedLine(death));
    add('memory', death.outOfMemory ? 'the kernel killed a process that ran out of memory' : undefined);
    add('health', death.failedChecks > 0 ? `${death.failedChecks} failed checks in a row before` : undefined);
  }
  add('start', facts.error === undefined ? undefined : safe(facts.error));
  add(
    'checks',
    ...(facts.checks ?? []).map(
      ({ time: at, exitCode, output }) =>
        `${time(at)}  exit ${exitCode}  ${safe(output.trim().slice(0, 200))}`,
    ),
  );
  add(
    'restarts',
    loop &&
      `crash loop: ${loop.deaths} deaths since ${time(loop.since)}, the last wait was ${span(loop.wait)}`,
  );
  add('now', nowLine(found, time));
  add('earlier', earlier && earlierLine(earlier));
  add('image', imageLine(found));
  add('around', ...found.around.map((each) => neighbourLine(each, theme)));
  add(
    'missing',
    ...found.gaps.map(({ time: at, reason, detail }) => `${time(at)}  ${safe(detail ?? reason)}`),
  );
  add('log', ...(facts.log ?? []).map((line) => safe(line)));
  add('engine', facts.unasked === undefined ? undefined : `not asked: ${safe(facts.unasked)}`);
  add('unknown', ...found.unknown.map((line) => safe(line)));
  add('next', ...found.next.map((line) => safe(line)));
  const body = rows.flatMap(([label, ...lines]) =>
    lines.map((line, i) => `  ${theme.tone('quiet')((i === 0 ? label : '').padEnd(9))} ${line}\n`),
  );
  return `${headline(found, options)}\n${body.join('')}`;
}

function headline(found: Explanation, { theme, now, withEngine }: ExplanationOptions): string {
  const { death, status, since, name = found.id, engine } = found;
  const subject =
    theme.name(name)(safe(name)) + (withEngine && engine ? theme.tone('quiet')(` (${safe(engine)})`) : '');
  const ago = (nanos: string): string => spanText(now > BigInt(nanos) ? now - BigInt(nanos) : 0n);
  if (death !== undefined) {
    const paint = death.alarming ? theme.tone('alarm') : (text: string) => text;
    return `${subject}  ${paint(`died ${ago(death.time)} ago: ${safe(death.summary)}`)}`;
  }
  if (status === 'running') {
    return `${subject}  running${since === undefined ? '' : ` for ${ago(since)}`}, nothing to explain`;
  }
  if (status === 'not-started') return `${subject}  ${theme.tone('alarm')('created, and never started')}`;
  return `${subject}  no death was seen`;
}

function exitLine({ exitCode, meaning, signal, cause }: ExplainedDeath): string | undefined {
  if (exitCode === undefined) return 'the engine stated no exit code';
  const meant = meaning ?? signal;
  const text = meant === undefined ? String(exitCode) : `${exitCode}: ${meant}`;
  return cause === 'finished' ? undefined : text;
}

function askedLine({ requested, request, grace, cause }: ExplainedDeath): string | undefined {
  if (!requested || request === undefined)
    return cause === 'finished' ? undefined : 'no request in the events';
  const how = request.signal ?? requestWord(request);
  return grace === undefined
    ? `yes: ${how}`
    : `yes: ${how}, and SIGKILL when ${span(grace)} of grace had run out`;
}

function nowLine(
  { death, state, startedAgain, since }: Explanation,
  time: (nanos: string) => string,
): string | undefined {
  if (death === undefined) return undefined;
  const again =
    startedAgain === undefined
      ? ''
      : `, started ${span(String(BigInt(startedAgain) - BigInt(death.time)))} later`;
  return `${state}${again}${state === 'running' && since !== undefined ? ` (since ${time(since)})` : ''}`;
}

function earlierLine({ count, shortest, median, longest }: NonNullable<Explanation['earlier']>): string {
  if (count === 1) return `one run of ${span(median)}`;
  return `${count} runs of ${span(shortest)} to ${span(longest)}, half of them up to ${span(median)}`;
}

function imageLine({ image, imageBefore }: Explanation): string | undefined {
  if (image === undefined) return undefined;
  return `${safe(image)}${imageBefore === undefined ? '' : `, the last good run had ${safe(imageBefore)}`}`;
}

function neighbourLine({ offset, type, action, name, id, summary }: Neighbour, theme: Theme): string {
  const apart = BigInt(offset);
  const when = `${spanText(apart < 0n ? -apart : apart)} ${apart < 0n ? 'before' : 'after'}`.padStart(13);
  const subject = safe(name ?? id);
  const kind = type === 'container' ? '' : `${safe(type)} `;
  return `${when}  ${theme.name(subject)(subject)}  ${kind}${safe(action)}${summary === undefined ? '' : `  ${safe(summary)}`}`;
}

/** A span in decimal nanoseconds; a clock that was set back makes it negative. */
function span(nanos: string): string {
  const value = BigInt(nanos);
  return spanText(value < 0n ? 0n : value);
}
