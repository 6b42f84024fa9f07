/** Lines for people: `text`, which explains, and `wide`, which shows everything. */
import { type ContainerState, spanText } from '../../operators/index.ts';
import { type EngineEvent, isGap } from '../../src/index.ts';
import { safe } from '../safe.ts';
import { createDescriber, type Description, labelOf } from './describe.ts';
import type { Glyphs } from './glyphs.ts';
import { type Paint, plain } from './paint.ts';
import { gapText, type Renderer } from './renderer.ts';
import type { Theme } from './theme.ts';
import { timeColumn, type TimeOptions } from './time-text.ts';
import { cut, cutMiddle, pad, width } from './width.ts';

export interface TextOptions {
  readonly theme: Theme;
  readonly glyphs: Glyphs;
  readonly time: TimeOptions;
  /** Every attribute, the full id and the source. */
  readonly wide: boolean;
  /** Current columns of the terminal, to which `text` is cut; undefined without a terminal. */
  readonly columns: () => number | undefined;
  /** Containers that run already: their names and start times. */
  readonly seed?: Iterable<ContainerState> | undefined;
}

/** A piece of a line: its text, and its colour after the cut. */
type Piece = readonly [text: string, colour: Paint];

/** Columns of names: in a pipe they grow with the names, up to a limit. */
const LEAST_NAME = 12;
const MOST_NAME = 32;

/** With fewer columns than this, times have no fraction. */
const NARROW = 100;

/** With fewer columns than this, one space separates columns instead of two. */
const TINY = 40;

export function textRenderer(options: TextOptions): Renderer {
  const { theme, glyphs, time, wide, columns, seed } = options;
  const timeOf = timeColumn(time);
  const describer = createDescriber(seed);
  const quiet = theme.tone('quiet');
  let grown = LEAST_NAME;

  const fit = (pieces: readonly Piece[]): string => {
    const limit = wide ? undefined : columns();
    if (limit === undefined) return painted(pieces);
    const total = widthOf(pieces);
    const tooLong = total > limit;
    // A sign for omitted text, unless time, name and action need the space.
    const sign = tooLong && widthOf(pieces.slice(0, 3)) !== limit;
    let room = sign ? limit - 1 : limit;
    let text = '';
    for (const [piece, colour] of pieces) {
      const part = cut(piece, room);
      if (part !== '') text += colour(part);
      // A piece that was cut is the last one.
      room = part === piece ? room - width(part) : 0;
    }
    return sign ? `${text}${glyphs.ellipsis}` : text;
  };

  const gutter = (): string => (!wide && (columns() ?? NARROW) < TINY ? ' ' : '  ');

  const timePiece = (timeNano: bigint): Piece => {
    const text = timeOf(timeNano);
    const narrow = !wide && (columns() ?? NARROW) < NARROW;
    return [`${narrow ? text.replace(/\.\d{3}$/, '') : text}${gutter()}`, quiet];
  };

  /** The name in its column, cut in its middle on a terminal. */
  const namePiece = (label: string, [before]: Piece): Piece => {
    const all = wide ? undefined : columns();
    const colour = theme.name(label);
    if (all === undefined) {
      grown = Math.min(MOST_NAME, Math.max(grown, width(label)));
      return [`${pad(label, grown)}  `, colour];
    }
    // The space left by the time and the longest common action.
    const room = Math.max(1, Math.min(28, Math.floor(all / 4), all - width(before) - 10));
    return [`${pad(cutMiddle(label, room, glyphs.ellipsis), room)}${gutter()}`, colour];
  };

  const describe = (event: EngineEvent): readonly Piece[] => {
    const described = describer.describe(event);
    const { label, verb, tone, glyph, details } = described;
    const when = timePiece(event.timeNano);
    const name = namePiece(label, when);
    const colour = theme.tone(tone);
    const strong: Paint = tone === 'alarm' ? (text) => theme.bold(colour(text)) : colour;
    const pieces: Piece[] = [when, name, [verb, strong]];
    if (wide) return [...pieces, ...everything(event, described, quiet)];
    if (glyph !== undefined) pieces.push([` ${glyphs[glyph]}`, colour]);
    // A verdict is coloured as a whole; other details are plain.
    const words = glyph !== undefined && tone !== 'good' ? colour : tone === 'quiet' ? quiet : plain;
    for (const detail of details) pieces.push([` ${detail}`, words]);
    return pieces;
  };

  const rule = (words: string, colour: Paint = quiet): string => {
    const side = glyphs.rule.repeat(2);
    return fit([[`${side} ${words} ${side}`, colour]]);
  };
  const gapRule = (words: string): string => rule(`${glyphs.gap} ${words}`, theme.tone('warning'));

  return {
    forPeople: true,
    note: (event) => void describer.describe(event),
    event: (event) => {
      if (!isGap(event)) return fit(describe(event));
      const { detail = 'events are missing', reason = 'unknown' } = event.attributes;
      const where = event.name ?? event.source.engine;
      const what = detail.startsWith(`${where} `) ? detail : `${where}: ${detail}`;
      return gapRule(`gap: ${safe(what)} (${safe(reason)})`);
    },
    gap: (gap) => gapRule(safe(gapText(gap))),
    terminal: {
      rule,
      quiet: (words) => fit([[words, quiet]]),
      loop: ({ first, latest, deaths, over, next }) => {
        const when = timePiece(latest.timeNano);
        const { exitCode } = latest.attributes;
        const span = latest.timeNano - first.timeNano;
        const times = `${deaths} ${glyphs.times} in ${spanText(span < 0n ? 0n : span)}`;
        const exit = exitCode === undefined ? '' : `, exit ${safe(exitCode)}`;
        const soon = next === undefined ? '' : `, next in ${(next / 1000).toFixed(1)} s`;
        return fit([
          ...[when, namePiece(labelOf(latest), when)],
          [`${glyphs.loop} `, theme.tone('warning')],
          [over ? 'crash loop over ' : '', plain],
          [`${glyphs.alarm} ${times}${exit}`, theme.tone('alarm')],
          [soon, quiet],
        ]);
      },
    },
  };
}

function painted(pieces: readonly Piece[]): string {
  let text = '';
  for (const [piece, colour] of pieces) text += colour(piece);
  return text;
}

function widthOf(pieces: readonly Piece[]): number {
  let sum = 0;
  for (const [text] of pieces) sum += width(text);
  return sum;
}

function everything(event: EngineEvent, { glyph, details }: Description, quiet: Paint): Piece[] {
  const { id, name, attributes, source } = event;
  const from = source.endpoint === undefined ? source.engine : `${source.engine}(${source.endpoint})`;
  const verdict: Piece[] = glyph === undefined ? [] : details.map((detail) => [`  ${detail}`, plain]);
  return [
    ...verdict,
    ...(id === '' || name === undefined ? [] : [[`  ${safe(id)}`, quiet] as const]),
    ...Object.keys(attributes)
      .sort()
      .flatMap((key): Piece[] => [
        [`  ${safe(key)}=`, quiet],
        [safe(attributes[key] as string), plain],
      ]),
    [`  ${safe(from)}`, quiet],
  ];
}
