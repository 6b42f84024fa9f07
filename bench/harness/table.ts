/** The results as one table in Markdown, and as JSON. */
import { type Comparison, gainOf } from './against.ts';
import type { Line, Unit } from './benchmark.ts';
import type { Outcome } from './run.ts';
import { median, ratioOf } from './statistics.ts';

const HEAD = ['benchmark', 'A ÷ B', 'A', 'B', 'ratio', 'spread', 'aim', 'met'];

export function table(outcomes: readonly Outcome[]): string {
  return aligned(HEAD, outcomes.flatMap(rowsOf));
}

const AGAINST = [
  'benchmark',
  'line',
  'this build',
  'other build',
  'times as good',
  'quartiles',
  'regression',
];

/** The table of two builds: ratios above 1 mean that this one is faster or smaller. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  return aligned(
    AGAINST,
    comparisons.map((each) => {
      const { value, low, high, regression } = gainOf(each);
      const [a, b] = [median(each.pairs.a), median(each.pairs.b)].map((number) => show(number, each.unit));
      const spread = `${digits(low)}–${digits(high)}`;
      return [
        each.name,
        each.what,
        a as string,
        b as string,
        digits(value),
        spread,
        regression ? 'yes' : 'no',
      ];
    }),
  );
}

function aligned(head: readonly string[], body: readonly string[][]): string {
  const rows = [head, head.map(() => '---'), ...body];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0, cell === '---' ? '-' : ' ')).join(' | ')} |`,
    )
    .join('\n');
}

export function toJson(outcomes: readonly Outcome[]): string {
  const plain = outcomes.map(({ lines, ...outcome }) => ({
    ...outcome,
    lines: lines.map((line) => ({
      ...line,
      a: median(line.pairs.a),
      b: median(line.pairs.b),
      ratio: ratioOf(line.pairs),
      aim: line.aim.text,
      met: line.aim.met(line),
    })),
  }));
  return JSON.stringify(plain, undefined, 2);
}

function rowsOf({ name, lines, missing, failed }: Outcome): string[][] {
  const why = failed === undefined ? missing : `failed: ${failed.split('\n')[0]}`;
  if (why !== undefined) return [[name, why, '', '', '', '', '', '']];
  return lines.map((line) => [name, ...cells(line)]);
}

function cells(line: Line): string[] {
  const { pairs, unit, aim, what } = line;
  const { value, low, high } = ratioOf(pairs);
  const values = [median(pairs.a), median(pairs.b)].map((number) => show(number, unit));
  return [
    what,
    ...values,
    digits(value),
    `${digits(low)}–${digits(high)}`,
    aim.text,
    aim.met(line) ? 'yes' : 'no',
  ];
}

/** A number in its unit, with three digits. */
function show(value: number, unit: Unit): string {
  if (unit.endsWith('/s')) return `${scaled(value, ['', ' k', ' M'], 1000)}/s`;
  if (unit === 'bytes') return scaled(value, [' B', ' KiB', ' MiB'], 1024);
  return scaled(value, [' ns', ' µs', ' ms', ' s'], 1000);
}

function scaled(value: number, units: readonly string[], step: number): string {
  let rest = value;
  let unit = 0;
  for (; rest >= step && unit < units.length - 1; unit++) rest /= step;
  return digits(rest) + units[unit];
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
