/** The screen of `tidings top` as lines. */
import { spanText } from '../../operators/index.ts';
import { ASCII, type Glyphs } from '../render/glyphs.ts';
import { sparkline } from '../render/sparkline.ts';
import type { Paint } from '../render/paint.ts';
import type { Theme } from '../render/theme.ts';
import { cut, cutMiddle, pad, width } from '../render/width.ts';
import { BARS, isUp, needsAttention, type Row } from './model.ts';

export interface View {
  readonly columns: number;
  readonly height: number;
  readonly theme: Theme;
  readonly glyphs: Glyphs;
  /** Nanoseconds since the Unix epoch. */
  readonly now: bigint;
  readonly filter: string;
  /** True while the filter is typed. */
  readonly typing: boolean;
  readonly paused: boolean;
  /** Index of the selected row. */
  readonly selected: number;
  /** The latest notice, such as a lost daemon. */
  readonly notice: string;
}

type Piece = readonly [text: string, paint?: Paint];

const KEYS = 'q quit  / filter  space pause  enter why  up/down select';

/** Exactly `height` lines, each at most `columns` wide. */
export function screenLines(rows: readonly Row[], view: View): readonly string[] {
  const { height, selected, theme, typing, filter, paused, notice } = view;
  const down = rows.filter((row) => !isUp(row)).length;
  const quiet = theme.tone('quiet');
  const head: Piece[] = [
    [`${rows.length} container${rows.length === 1 ? '' : 's'}, ${down} down`, theme.bold],
    ...(filter === '' || typing ? [] : [[`  filter: ${filter}`, theme.tone('neutral')] as const]),
    ...(paused ? [['  paused', theme.tone('warning')] as const] : []),
    ...(notice === '' ? [] : [[`  ${notice}`, theme.tone('warning')] as const]),
  ];
  const room = Math.max(0, height - 2);
  // The selected row stays in sight.
  const first = Math.max(0, Math.min(selected - Math.floor(room / 2), rows.length - room));
  const body = rows
    .slice(first, first + room)
    .map((row, i) => fit(pieces(row, view, first + i === selected), view.columns));
  const blank = Array.from({ length: Math.max(0, room - body.length) }, () => '');
  const foot: Piece[] = typing ? [[`filter: ${filter}_`]] : [[KEYS, quiet]];
  return [fit(head, view.columns), ...body, ...blank, fit(foot, view.columns)].slice(0, height);
}

function pieces(row: Row, view: View, isSelected: boolean): readonly Piece[] {
  const { state, label, last, activity } = row;
  const { columns, theme, glyphs, now } = view;
  const nameRoom = Math.max(4, Math.min(28, Math.floor(columns / 4)));
  const bars = columns >= 100 ? BARS : columns >= 60 ? 10 : 0;
  const runs = isUp(row);
  const isBad = needsAttention(row);
  const word = stateWord(state, runs);
  const since = last?.at ?? BigInt((runs ? state.startedAt : (state.finishedAt ?? state.createdAt)) ?? now);
  const age = spanText(now > since ? now - since : 0n);
  const mark = isSelected ? '> ' : '  ';
  const line: Piece[] = [
    [mark, theme.bold],
    [`${pad(cutMiddle(label, nameRoom, glyphs.ellipsis), nameRoom)} `, theme.name(label)],
    [word.slice(0, 9).padEnd(10), theme.tone(isBad ? 'alarm' : runs ? 'good' : 'quiet')],
    [state.restarts === 0 ? '     ' : `${glyphs.loop}${state.restarts}`.padEnd(5), theme.tone('warning')],
  ];
  if (bars > 0) line.push([`${sparkline(activity.slice(-bars), glyphs === ASCII)} `, theme.tone('neutral')]);
  line.push([`${age.padStart(7)}  `, theme.tone('quiet')]);
  if (last === undefined) return line;
  const glyph = last.glyph === undefined ? '' : ` ${glyphs[last.glyph]}`;
  line.push([`${last.verb}${glyph} ${last.details.join(' ')}`, theme.tone(last.tone)]);
  return line;
}

/** `healthy`, `running`, `exit 137`, `exited`. */
function stateWord({ state, health, exitCode = 0 }: Row['state'], runs: boolean): string {
  if (runs) return state === 'running' ? (health ?? state) : state;
  return state === 'exited' && exitCode !== 0 ? `exit ${exitCode}` : state;
}

function fit(pieces: readonly Piece[], columns: number): string {
  let left = columns;
  let text = '';
  for (const [piece, paint = String] of pieces) {
    const part = cut(piece, left);
    if (part !== '') text += paint(part);
    left -= width(part);
  }
  return text;
}
