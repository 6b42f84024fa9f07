/** Lines for people: `text`, which shows what matters, and `wide`, which shows everything. */
import type { ChalkInstance } from 'chalk';
import { type EngineEvent, isGap } from '../../src/index.ts';
import { actionColour, nameColour } from './colour.ts';
import { gapText, type Renderer } from './renderer.ts';
import { safe } from '../safe.ts';
import { timeColumn, type TimeOptions } from './time.ts';
import { cut, pad, width } from './width.ts';

export interface TextOptions {
  readonly chalk: ChalkInstance;
  readonly time: TimeOptions;
  /** Every attribute, the full id and the source. */
  readonly wide: boolean;
  /** Columns of the terminal now, to which `text` is cut; undefined where there is none. */
  readonly columns: () => number | undefined;
}

/** A piece of a line: its text, and what colours it once it has been cut to fit. */
type Piece = readonly [text: string, colour: (text: string) => string];

/** The attributes that `text` shows, in this order. */
const SHOWN = [
  'exitCode',
  'signal',
  'oldName',
  'image',
  'container',
  'args',
  'execDuration',
  'rule',
  'does',
  'result',
  'reason',
  'detail',
  'count',
];

/** Columns of names and actions: they grow with what comes, up to a limit; not where columns are few. */
const NAME = { least: 12, most: 32 };
const ACTION = { least: 8, most: 24 };

/** With fewer columns than this the id is left out. */
const NARROW = 100;

const plain = (text: string): string => text;

export function textRenderer({ chalk, time, wide, columns }: TextOptions): Renderer {
  const timeOf = timeColumn(time);
  const nameColumn = column(NAME);
  const actionColumn = column(ACTION);

  const line = (pieces: readonly Piece[]): string => {
    const limit = (wide ? undefined : columns()) ?? Number.POSITIVE_INFINITY;
    const tooLong = pieces.reduce((sum, [piece]) => sum + width(piece), 0) > limit;
    let room = tooLong ? limit - 1 : limit;
    let text = '';
    for (const [piece, colour] of pieces) {
      const part = cut(piece, room);
      if (part !== '') text += colour(part);
      // Where one was cut, nothing comes after it.
      room = part === piece ? room - width(part) : 0;
    }
    return tooLong ? `${text}…` : text;
  };
  const now = (): Piece => [`${timeOf(time.now())}  `, chalk.dim];

  const describe = (event: EngineEvent): readonly Piece[] => {
    const narrow = !wide && (columns() ?? NARROW) < NARROW;
    const label = labelOf(event, wide);
    const verb = safe(event.type === 'container' ? event.action : `${event.type} ${event.action}`);
    const details = wide ? everything(event, chalk) : essentials(event, chalk, narrow);
    const pieces: Piece[] = [
      [`${timeOf(event.timeNano)}  `, chalk.dim],
      [`${nameColumn(label, narrow)}  `, nameColour(chalk, event.name ?? event.id)],
      [details.length > 0 ? actionColumn(verb, narrow) : verb, actionColour(chalk, event)],
    ];
    for (const detail of details) pieces.push(['  ', plain], ...detail);
    return pieces;
  };

  return {
    forPeople: true,
    event: (event) => {
      if (!isGap(event)) return line(describe(event));
      const { detail = 'events are missing', reason = 'unknown' } = event.attributes;
      const text = `⚠ gap: ${safe(event.name ?? event.source.engine)}: ${safe(detail)} (${safe(reason)})`;
      return line([
        [`${timeOf(event.timeNano)}  `, chalk.dim],
        [text, chalk.yellow],
      ]);
    },
    gap: (gap) => line([now(), [`⚠ ${safe(gapText(gap))}`, chalk.yellow]]),
  };
}

/** What people call it: its name, else its id, short where that says enough. */
function labelOf({ id, name, type }: EngineEvent, wide: boolean): string {
  return safe((wide ? name : name && shortId(name)) || (wide ? id : shortId(id)) || type);
}

function shortId(id: string): string {
  return /^(sha256:)?[0-9a-f]{64}$/.test(id) ? id.replace('sha256:', '').slice(0, 12) : id;
}

function essentials(event: EngineEvent, chalk: ChalkInstance, narrow: boolean): Piece[][] {
  const { id, name, attributes } = event;
  const shown = SHOWN.filter((key) => Object.hasOwn(attributes, key) && attributes[key] !== '').map((key) =>
    attribute(key, shortId(attributes[key] as string), event, chalk),
  );
  const hasId = id !== '' && name !== undefined && name !== id && !narrow;
  return hasId ? [[[safe(shortId(id)), chalk.dim]], ...shown] : shown;
}

function everything(event: EngineEvent, chalk: ChalkInstance): Piece[][] {
  const { id, name, attributes, source } = event;
  const from = source.endpoint === undefined ? source.engine : `${source.engine}(${source.endpoint})`;
  const rest = Object.keys(attributes).sort();
  return [
    ...(id === '' || name === undefined ? [] : [[[safe(id), chalk.dim] as const]]),
    ...rest.map((key) => attribute(key, attributes[key] as string, event, chalk)),
    [[safe(from), chalk.dim]],
  ];
}

function attribute(key: string, value: string, event: EngineEvent, chalk: ChalkInstance): Piece[] {
  const grave = key === 'exitCode' && value !== '0';
  return [
    [`${safe(key)}=`, chalk.dim],
    [safe(value), grave ? actionColour(chalk, event) : plain],
  ];
}

/** Pads to the widest so far, or where columns are few to the least. */
function column({
  least,
  most,
}: Readonly<Record<'least' | 'most', number>>): (text: string, narrow: boolean) => string {
  let columns = least;
  return (text, narrow) => {
    columns = Math.min(most, Math.max(columns, width(text)));
    return pad(text, narrow ? least : columns);
  };
}
