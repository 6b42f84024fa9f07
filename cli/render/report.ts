/** Prints a report for people. */
import type { Report, Stretch } from '../../operators/report.ts';
import { spanText } from '../../operators/span-text.ts';
import { instant } from '../../src/index.ts';
import { safe } from '../safe.ts';
import type { Theme } from './theme.ts';

export interface ReportOptions {
  readonly theme: Theme;
  readonly zone: 'utc' | 'local';
}

/** Most lines of each section. */
const MOST = 10;

/** One line for a quiet period, else a section for each kind of trouble: ends with a line break. */
export function reportText(found: Report, { theme, zone }: ReportOptions): string {
  const moment = (nanos: string): string =>
    instant.format(BigInt(nanos), { zone, digits: 0 }).slice(0, 19).replace('T', ' ');
  const span = (nanos: string): string => spanText(BigInt(nanos));
  const name = (text: string): string => theme.name(text)(safe(text).padEnd(width));
  const period = `${moment(found.since)} to ${moment(found.until)}`;
  const asked = found.deaths.filter(({ alarming }) => !alarming).reduce((sum, { count }) => sum + count, 0);
  if (found.quiet) {
    return `${period}: quiet, ${plural(found.events, 'event')}, ${plural(asked, 'ordinary death')}, no trouble\n`;
  }
  const width = Math.min(
    30,
    Math.max(
      ...[found.containers, found.outages, found.unhealthy, found.images]
        .flat()
        .map((each) => safe(each.name).length),
      4,
    ),
  );
  const section = (title: string, lines: readonly string[]): readonly string[] => {
    if (lines.length === 0) return [];
    const more = lines.length > MOST ? [theme.tone('quiet')(`  and ${lines.length - MOST} more`)] : [];
    return ['', theme.bold(title), ...lines.slice(0, MOST).map((line) => `  ${line}`), ...more];
  };
  const stretch = ({ name: of, since, until, span: length, summary }: Stretch): string => {
    const end = until === undefined ? 'still' : `until ${moment(until).slice(11)}`;
    return `${name(of)}  ${span(length).padStart(6)}  from ${moment(since)}, ${end}${summary === undefined ? '' : `  ${safe(summary)}`}`;
  };
  const lines = [
    `${theme.bold(period)}: ${plural(found.events, 'event')}`,
    ...section(
      'Deaths',
      found.deaths.map(({ cause, alarming, count, names }) => {
        const text = `${String(count).padStart(5)}  ${cause.padEnd(14)}  ${namesText(names, count)}`;
        return alarming ? theme.tone('alarm')(text) : text;
      }),
    ),
    ...section(
      'Crash loops',
      found.loops.map(
        ({ name: of, deaths, first, last, end }) =>
          `${name(of)}  ${deaths} deaths  ${moment(first)} to ${moment(last).slice(11)}  ${safe(end)}`,
      ),
    ),
    ...section('Down after a death', found.outages.map(stretch)),
    ...section('Unhealthy', found.unhealthy.map(stretch)),
    ...section(
      'Images changed',
      found.images.map(
        ({ name: of, time, from, to }) => `${name(of)}  ${moment(time)}  ${safe(from)} → ${safe(to)}`,
      ),
    ),
    ...section(
      'Events missing',
      found.gaps.map(({ time, engine, reason, detail, count }) => {
        const number = count === undefined ? '' : `${count} events: `;
        return `${moment(time)}  ${safe(engine)}  ${number}${safe(detail ?? reason)}`;
      }),
    ),
    ...section(
      'Deaths over time',
      found.containers.map(({ name: of, deaths, parts }) => `${name(of)}  ${sparkline(parts)}  ${deaths}`),
    ),
    ...(found.omitted > 0
      ? ['', theme.tone('quiet')(`${found.omitted} entries more: -o json has the first 100 of each list`)]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

function namesText(
  names: readonly { readonly name: string; readonly count: number }[],
  total: number,
): string {
  const shown = names.slice(0, 5);
  const rest = total - shown.reduce((sum, { count }) => sum + count, 0);
  const texts = shown.map(({ name, count }) => (count === 1 ? safe(name) : `${safe(name)} × ${count}`));
  return [...texts, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}

const BARS = ['·', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** One character for each part: its height is its share of the highest. */
function sparkline(parts: readonly number[]): string {
  const most = Math.max(...parts, 1);
  return parts.map((count) => BARS[count === 0 ? 0 : Math.max(1, Math.round((count / most) * 8))]).join('');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
