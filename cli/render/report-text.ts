/** Prints a report for people. */
import type { Report, Stretch, Subject } from '../../operators/report.ts';
import { spanText } from '../../operators/span-text.ts';
import { instant } from '../../src/index.ts';
import { safe } from '../safe.ts';
import { ASCII, type Glyphs } from './glyphs.ts';
import { sparkline } from './sparkline.ts';
import type { Theme } from './theme.ts';
import { cut, cutMiddle, pad, width } from './width.ts';

export interface ReportOptions {
  readonly theme: Theme;
  readonly glyphs: Glyphs;
  readonly zone: 'utc' | 'local';
  /** Columns of the terminal, to which lines are cut; undefined without a terminal. */
  readonly columns: number | undefined;
}

/** Most lines of each section. */
const MOST = 10;

/** Widest column of names. */
const LONGEST_NAME = 30;

const DAY = 86_400_000_000_000n;

/** A line below a title; one about a container begins with its name. */
interface Line {
  readonly name?: string;
  readonly text: string;
  readonly alarming?: boolean;
}

/** One line for a quiet period, else a section for each kind of trouble: ends with a line break. */
export function reportText(
  found: Report,
  { theme, glyphs, zone, columns = Infinity }: ReportOptions,
): string {
  const full = (nanos: string): string =>
    instant.format(BigInt(nanos), { zone, digits: 0 }).slice(0, 19).replace('T', ' ');
  const [since, until] = [BigInt(found.since), BigInt(found.until)];
  // Within a day, a time of day stands for one moment.
  const moment = (nanos: string): string =>
    until - since <= DAY && BigInt(nanos) >= since ? full(nanos).slice(11) : full(nanos);
  const span = (nanos: string): string => spanText(BigInt(nanos)).padStart(6);
  const period = `${full(found.since)} to ${full(found.until)}`;
  const asked = found.deaths.filter(({ alarming }) => !alarming).reduce((sum, { count }) => sum + count, 0);
  if (found.quiet) {
    return `${period}: quiet, ${plural(found.events, 'event')}, ${plural(asked, 'ordinary death')}, no trouble\n`;
  }
  const subjects = [found.loops, found.outages, found.unhealthy, found.images, found.containers].flat();
  const nameOf = naming(subjects);
  const widest = Math.max(4, ...subjects.map((each) => width(safe(nameOf(each)))));
  const room = Math.min(LONGEST_NAME, widest, Math.max(4, Math.floor(columns / 4)));
  const lineOf = ({ name, text, alarming = false }: Line): string => {
    const head = name === undefined ? '' : `${pad(cutMiddle(safe(name), room, glyphs.ellipsis), room)}  `;
    const left = columns - 2 - width(head);
    const rest = width(text) > left ? `${cut(text, left - 1)}${glyphs.ellipsis}` : text;
    const colour = name === undefined ? String : theme.name(safe(name));
    return `  ${colour(head)}${alarming ? theme.tone('alarm')(rest) : rest}`;
  };
  const section = (title: string, lines: readonly Line[]): readonly string[] => {
    if (lines.length === 0) return [];
    const more = lines.length > MOST ? [theme.tone('quiet')(`  and ${lines.length - MOST} more`)] : [];
    return ['', theme.bold(title), ...lines.slice(0, MOST).map(lineOf), ...more];
  };
  const stretches = (all: readonly Stretch[]): readonly Line[] =>
    longestOfEach(all).map(([each, times]) => {
      const { since, until, span: length, summary } = each;
      const end = until === undefined ? 'still' : `until ${moment(until)}`;
      const others = times > 1 ? `, the longest of ${times}` : '';
      const cause = summary === undefined ? '' : `  ${safe(summary)}`;
      return { name: nameOf(each), text: `${span(length)}  from ${moment(since)}, ${end}${others}${cause}` };
    });
  const lines = [
    `${theme.bold(period)}: ${plural(found.events, 'event')}`,
    ...section(
      'Deaths',
      found.deaths.map(({ cause, alarming, count, names }) => ({
        text: `${String(count).padStart(5)}  ${cause.padEnd(14)}  ${namesText(names, count, glyphs)}`,
        alarming,
      })),
    ),
    ...section(
      'Crash loops',
      found.loops.map(({ deaths, first, last, end, ...each }) => ({
        name: nameOf(each),
        text: `${String(deaths).padStart(6)} deaths  ${moment(first)} to ${moment(last)}  ${safe(end)}`,
      })),
    ),
    ...section('Down after a death', stretches(found.outages)),
    ...section('Unhealthy', stretches(found.unhealthy)),
    ...section(
      'Images changed',
      found.images.map(({ time, from, to, ...each }) => ({
        name: nameOf(each),
        text: `${moment(time)}  ${safe(from)} to ${safe(to)}`,
      })),
    ),
    ...section(
      'Events missing',
      found.gaps.map(({ time, engine, reason, detail, count }) => {
        const number = count === undefined ? '' : `${count} events: `;
        return { text: `${moment(time)}  ${safe(engine)}  ${number}${safe(detail ?? reason)}` };
      }),
    ),
    ...section(
      'Deaths over time',
      found.containers.map(({ deaths, parts, ...each }) => ({
        name: nameOf(each),
        text: `${sparkline(parts, glyphs === ASCII)}  ${deaths}`,
      })),
    ),
    ...(found.omitted > 0
      ? ['', theme.tone('quiet')(`${found.omitted} entries more: -o json has the first 100 of each list`)]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** The names, followed by the engine if two engines have the same name. */
function naming(subjects: readonly Subject[]): (subject: Subject) => string {
  const engines = new Map<string, Set<string | undefined>>();
  for (const { name, engine } of subjects) engines.set(name, (engines.get(name) ?? new Set()).add(engine));
  return ({ name, engine }) =>
    engine !== undefined && (engines.get(name)?.size ?? 0) > 1 ? `${name} (${engine})` : name;
}

/** The longest stretch of each container, with their count: a crash loop has many. */
function longestOfEach(all: readonly Stretch[]): readonly (readonly [longest: Stretch, times: number])[] {
  const found = new Map<string, [Stretch, number]>();
  for (const each of all) {
    const key = `${each.engine ?? ''} ${each.name}`;
    const before = found.get(key);
    if (before === undefined) found.set(key, [each, 1]);
    else before[1] += 1;
  }
  return [...found.values()];
}

function namesText(
  names: readonly { readonly name: string; readonly count: number }[],
  total: number,
  { times }: Glyphs,
): string {
  const shown = names.slice(0, 5);
  const rest = total - shown.reduce((sum, { count }) => sum + count, 0);
  const texts = shown.map(({ name, count }) =>
    count === 1 ? safe(name) : `${safe(name)} ${times} ${count}`,
  );
  return [...texts, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
