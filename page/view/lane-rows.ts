/** The rows of the lanes: group headings and lanes, from the top. */
import { parseExpression } from '../../operators/expression.ts';
import { parseNamePattern } from '../../operators/name-pattern.ts';
import type { Lane, Lanes } from '../data/lanes.ts';

export const LANE_HEIGHT = 22;
export const GROUP_HEIGHT = 24;

export type Row =
  | {
      readonly kind: 'group';
      readonly name: string;
      readonly lanes: number;
      readonly alarms: number;
      readonly y: number;
    }
  | { readonly kind: 'lane'; readonly lane: Lane; readonly y: number };

export interface Rows {
  readonly rows: readonly Row[];
  readonly height: number;
}

/**
 * Groups with the most alarming deaths come first; within a group, lanes are in order of their names, so
 * that they stay where they are.
 *
 * @param filter lanes whose names it does not select are left out
 */
export function rowsOf(lanes: Lanes, filter: string, closed: ReadonlySet<string>): Rows {
  const wants = nameTest(filter);
  const groups = new Map<string, Lane[]>();
  for (const lane of lanes.all) {
    if (!wants(lane)) continue;
    const group = groups.get(lane.group);
    if (group === undefined) groups.set(lane.group, [lane]);
    else group.push(lane);
  }
  const alarmsOf = (list: readonly Lane[]): number => list.reduce((sum, { alarms }) => sum + alarms, 0);
  const sorted = [...groups].sort(
    ([a, x], [b, y]) => rankOf(alarmsOf(y)) - rankOf(alarmsOf(x)) || compare(a, b),
  );
  const rows: Row[] = [];
  let y = 0;
  for (const [name, list] of sorted) {
    rows.push({ kind: 'group', name, lanes: list.length, alarms: alarmsOf(list), y });
    y += GROUP_HEIGHT;
    if (closed.has(name)) continue;
    list.sort((a, b) => compare(a.name, b.name) || compare(a.engine, b.engine));
    for (const lane of list) {
      rows.push({ kind: 'lane', lane, y });
      y += LANE_HEIGHT;
    }
  }
  return { rows, height: y };
}

/** Groups of about as many alarms have one rank: a single death moves none. */
function rankOf(alarms: number): number {
  return Math.ceil(Math.log2(alarms + 1) / 2);
}

const { compare } = new Intl.Collator('en', { numeric: true });

function nameTest(filter: string): (lane: Lane) => boolean {
  try {
    const { names, filters } = parseExpression(filter);
    const patterns = names.map((name) => parseNamePattern(name));
    const positive = patterns.filter(({ negated }) => !negated);
    const negative = patterns.filter(({ negated }) => negated);
    const engines = filters.engine;
    return (lane) => {
      const subject = { id: '', name: lane.name };
      return (
        (engines === undefined || engines.includes(lane.engine)) &&
        (positive.length === 0 || positive.some(({ matches }) => matches(subject))) &&
        !negative.some(({ matches }) => matches(subject))
      );
    };
  } catch {
    return () => true;
  }
}

/** The rows that are visible. */
export function visible({ rows }: Rows, top: number, height: number): readonly Row[] {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] as Row).y < top - GROUP_HEIGHT) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < rows.length && (rows[end] as Row).y < top + height) end++;
  return rows.slice(low, end);
}
