/** Containers as a table. */
import type { ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import type { ContainerState } from '../../operators/container-state.ts';
import { nameColour } from './colour.ts';
import { safe } from '../safe.ts';
import { duration } from './time.ts';

export interface TableOptions {
  readonly chalk: ChalkInstance;
  /** Nanoseconds since the Unix epoch: what ages are counted to. */
  readonly now: bigint;
}

type Shown = ContainerState & { readonly uncertain?: true };

const HEAD = ['NAME', 'STATE', 'SINCE', 'IMAGE', 'RESTARTS', 'PID', 'ENGINE', 'ID'];

/** No lines, and two spaces between columns: to be read by people and cut by `awk` alike. */
const PLAIN = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((place) => [place, '']),
);

/** One line a container, sorted by name, under a line of headings. */
export function containersTable(containers: readonly Shown[], { chalk, now }: TableOptions): string {
  const table = new Table({
    head: HEAD.map((text) => chalk.bold(text)),
    chars: { ...PLAIN, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  const sorted = containers.toSorted((a, b) => (label(a) < label(b) ? -1 : 1));
  for (const each of sorted) table.push(row(each, chalk, now));
  return table.toString().replaceAll(/ +$/gm, '');
}

function label({ name, id }: ContainerState): string {
  return safe(name ?? id);
}

function row(each: Shown, chalk: ChalkInstance, now: bigint): string[] {
  const { id, engine = '', name, image = '', restarts, pid } = each;
  return [
    nameColour(chalk, name ?? id)(label(each)),
    stateText(each, chalk),
    since(each, now),
    safe(image),
    safe(String(restarts)),
    pid === undefined ? '' : safe(String(pid)),
    safe(engine),
    safe(/^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id),
  ];
}

/** `running (healthy)`, `exited (137, OOM)`, and a question mark where events may be missing. */
function stateText({ state, exitCode, health, oomKilled, uncertain }: Shown, chalk: ChalkInstance): string {
  const runs = state === 'running' || state === 'paused';
  const codes = runs || exitCode === undefined ? [] : [String(exitCode)];
  const more = [...codes, ...(oomKilled ? ['OOM'] : []), ...(runs && health ? [health] : [])].join(', ');
  const text = safe(`${state}${more === '' ? '' : ` (${more})`}${uncertain ? ' ?' : ''}`);
  if (health === 'unhealthy' && runs) return chalk.redBright(text);
  if (runs) return chalk.green(text);
  return (exitCode ?? 0) === 0 ? text : chalk.redBright(text);
}

/** How long it has been as it is, as far as that is known. */
function since({ state, createdAt, startedAt, finishedAt }: Shown, now: bigint): string {
  const at =
    state === 'created' ? createdAt : state === 'running' || state === 'paused' ? startedAt : finishedAt;
  if (at === undefined) return '';
  const passed = now - BigInt(at);
  return duration(passed < 0n ? 0n : passed);
}
