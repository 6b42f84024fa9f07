/** Containers as a table. */
import type { ContainerState } from '../../operators/index.ts';
import { safe } from '../safe.ts';
import { labelOf, shortId } from './describe.ts';
import type { Theme } from './theme.ts';
import { duration } from './time-text.ts';
import { pad, width } from './width.ts';

export interface TableOptions {
  readonly theme: Theme;
  /** Nanoseconds since the Unix epoch: ages count to it. */
  readonly now: bigint;
  /** Prints full ids. */
  readonly wholeIds?: boolean | undefined;
}

type Shown = ContainerState & { readonly uncertain?: true };

/** A cell: its text, and its colour after padding. */
type Cell = readonly [text: string, colour?: (text: string) => string];

const HEAD = ['NAME', 'STATE', 'SINCE', 'IMAGE', 'RESTARTS', 'PID', 'ENGINE', 'ID'];

/**
 * One line for each container, sorted by name, under a line of headings. No rules, and two spaces
 * between columns: for people and for `awk`.
 */
export function containersTable(containers: readonly Shown[], options: TableOptions): string {
  const { theme } = options;
  const sorted = sortedByLabel(containers);
  const rows = [HEAD.map((text): Cell => [text, theme.bold]), ...sorted.map((each) => row(each, options))];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => width(cells[column]?.[0] ?? ''))));
  return rows
    .map((cells) => {
      const last = cells.findLastIndex(([text]) => text !== '');
      return cells
        .slice(0, last + 1)
        .map(([text, colour], column) => {
          const painted = colour === undefined || text === '' ? text : colour(text);
          return column === last ? painted : painted + pad('', (widths[column] ?? 0) - width(text));
        })
        .join('  ');
    })
    .join('\n');
}

export function sortedByLabel<T extends ContainerState>(containers: readonly T[]): readonly T[] {
  return containers.toSorted((a, b) => (label(a) < label(b) ? -1 : 1));
}

function label({ name, id, labels, host }: ContainerState): string {
  return labelOf({ id, name, attributes: labels, type: 'container', source: { host } });
}

function row(each: Shown, { theme, now, wholeIds }: TableOptions): Cell[] {
  const { id, engine = '', image = '', restarts, pid } = each;
  const name = label(each);
  return [
    [name, theme.name(name)],
    stateCell(each, theme),
    [ageOf(each, now)],
    [safe(shortId(image))],
    [safe(String(restarts))],
    [pid === undefined ? '' : safe(String(pid))],
    [safe(engine)],
    [safe(wholeIds === true ? id : shortId(id))],
  ];
}

/** `running (healthy)`, `exited (137, OOM)`, with a question mark if events may be missing. */
export function statusOf({ state, exitCode, health, oomKilled, uncertain }: Shown): string {
  const codes = isUp(state) || exitCode === undefined ? [] : [String(exitCode)];
  const healths = isUp(state) && health !== undefined ? [health] : [];
  const more = [...codes, ...(oomKilled ? ['OOM'] : []), ...healths].join(', ');
  return safe(`${state}${more === '' ? '' : ` (${more})`}${uncertain ? ' ?' : ''}`);
}

function isUp(state: string): boolean {
  return state === 'running' || state === 'paused';
}

function stateCell(each: Shown, theme: Theme): Cell {
  const { state, exitCode, health } = each;
  const text = statusOf(each);
  if (isUp(state)) return [text, theme.tone(health === 'unhealthy' ? 'alarm' : 'good')];
  return (exitCode ?? 0) === 0 ? [text] : [text, theme.tone('alarm')];
}

/** Time in the present state, if known. */
export function ageOf({ state, createdAt, startedAt, finishedAt }: Shown, now: bigint): string {
  const at = state === 'created' ? createdAt : isUp(state) ? startedAt : finishedAt;
  if (at === undefined) return '';
  const passed = now - BigInt(at);
  return duration(passed < 0n ? 0n : passed);
}
