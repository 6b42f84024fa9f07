/** Containers by a template, as in `docker ps --format`. */
import type { ContainerState } from '../../../operators/index.ts';
import { stringify } from '../../../src/internal.ts';
import { readOption } from '../../exit.ts';
import { safe } from '../../safe.ts';
import { labelOf, shortId } from '../describe.ts';
import { ageOf, sortedByLabel, statusOf } from '../container-table.ts';
import { pad, width } from '../width.ts';
import { parseTemplate } from './parser.ts';
import { below, errorIn, print, type Root } from './values.ts';

interface Shown {
  readonly each: ContainerState;
  /** Nanoseconds since the Unix epoch. */
  readonly now: bigint;
  readonly wholeIds: boolean;
}

/** The fields: Docker's names first. */
const FIELDS: Readonly<Record<string, (shown: Shown) => unknown>> = {
  ID: ({ each: { id }, wholeIds }) => (wholeIds ? id : shortId(id)),
  Names: ({ each: { name = '' } }) => name,
  Image: ({ each: { image = '' } }) => image,
  State: ({ each: { state } }) => state,
  Status: ({ each }) => statusOf(each),
  RunningFor: ({ each, now }) => ageOf(each, now),
  Labels: ({ each: { labels } }) => labels,
  Name: ({ each: { id, name, labels } }) => labelOf({ id, name, attributes: labels, type: 'container' }),
  Health: ({ each: { health = '' } }) => health,
  ExitCode: ({ each: { exitCode = '' } }) => exitCode,
  Restarts: ({ each: { restarts } }) => restarts,
  Pid: ({ each: { pid = '' } }) => pid,
  Engine: ({ each: { engine = '' } }) => engine,
};

const NAMES = { '': Object.keys(FIELDS), Labels: 'any' } as const;

class ContainerRoot implements Root {
  readonly #shown: Shown;

  constructor(shown: Shown) {
    this.#shown = shown;
  }

  json(): string {
    return stringify(this.#shown.each);
  }

  values(): readonly unknown[] {
    return Object.values(FIELDS).map((field) => field(this.#shown));
  }
}

/** With this word in front, columns are aligned below headings, as in Docker. */
const TABLE = /^table\s+/;

/** Least width of a column, and the space behind it: as in Docker. */
const LEAST = 10;
const SPACE = 3;

/**
 * Makes the function that prints containers by a template: a line for each, sorted by
 * name.
 *
 * @throws Failure with the position if the template is invalid
 */
export function containersTemplate(
  template: string,
  wholeIds: boolean,
): (containers: readonly ContainerState[], now: bigint) => readonly string[] {
  const isTable = TABLE.test(template);
  const parts = readOption('--format', () =>
    parseTemplate(template.replace(TABLE, ''), (path) => errorIn(path, NAMES)),
  );
  const fill = (lookUp: (path: readonly string[]) => unknown): string =>
    parts.map((part) => (typeof part === 'string' ? part : safe(print(part(lookUp))))).join('');
  const line = (shown: Shown): string =>
    fill(([first, ...rest]) =>
      first === undefined ? new ContainerRoot(shown) : below(FIELDS[first]?.(shown), rest),
    );
  return (containers, now) => {
    const lines = sortedByLabel(containers).map((each) => line({ each, now, wholeIds }));
    return isTable ? aligned([fill((path) => (path.at(-1) ?? '').toUpperCase()), ...lines]) : lines;
  };
}

function aligned(lines: readonly string[]): readonly string[] {
  const rows = lines.map((line) => line.split('\t'));
  const count = Math.max(...rows.map(({ length }) => length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(LEAST, ...rows.map((cells) => width(cells[column] ?? '') + SPACE)),
  );
  return rows.map((cells) =>
    cells
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('')
      .trimEnd(),
  );
}
