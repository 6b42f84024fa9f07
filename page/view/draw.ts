/** Draws lanes and gaps on a canvas. */
import type { Fate } from '../data/fate.ts';
import type { Gap } from '../data/gaps.ts';
import type { Bar, Lane, LoopSpan } from '../data/lanes.ts';
import { type Tick, xOf } from '../time/scale.ts';
import type { Viewport } from '../time/viewport.ts';
import { barColour, type Theme } from './colours.ts';
import { GROUP_HEIGHT, LANE_HEIGHT, type Row } from './lane-rows.ts';

export interface Scene {
  readonly view: Viewport;
  readonly width: number;
  readonly height: number;
  /** The scroll position of the lanes. */
  readonly top: number;
  readonly rows: readonly Row[];
  readonly gaps: readonly Gap[];
  readonly ticks: readonly Tick[];
  readonly theme: Theme;
  /** The live edge; ms. */
  readonly now: number;
  /** True while the connection is open: the edge moves. */
  readonly live: boolean;
  /** Earliest time with events; undefined if nothing is before. */
  readonly begin: number | undefined;
  readonly hover: number | undefined;
  readonly cursor: number | undefined;
  readonly brush: Viewport | undefined;
  readonly selected: Bar | undefined;
}

const BAR = 13;
const FONT = '11px var(--page-font, system-ui)';

export function drawScene(g: CanvasRenderingContext2D, scene: Scene): void {
  const { width, height, theme, view, now, rows, top } = scene;
  const x = xOf(view, width);
  g.clearRect(0, 0, width, height);
  for (const { x: at, strong } of scene.ticks) {
    g.fillStyle = theme.line;
    g.globalAlpha = strong ? 1 : 0.55;
    g.fillRect(Math.round(at), 0, strong ? 1.5 : 1, height);
  }
  g.globalAlpha = 1;
  if (scene.brush !== undefined) {
    const [from, to] = [x(scene.brush.from), x(scene.brush.to)];
    g.fillStyle = theme.accent;
    g.globalAlpha = 0.09;
    g.fillRect(from, 0, to - from, height);
    g.globalAlpha = 1;
  }
  for (const row of rows) {
    const y = row.y - top;
    if (row.kind === 'group') {
      g.fillStyle = theme.line;
      g.globalAlpha = 0.8;
      g.fillRect(0, y + GROUP_HEIGHT - 1, width, 1);
      g.globalAlpha = 1;
    } else drawLane(g, row.lane, y, x, scene);
  }
  drawUnread(g, x, scene);
  for (const gap of scene.gaps) drawGap(g, gap, x, scene);
  const edge = x(now);
  if (edge >= -1 && edge <= width + 1) {
    g.strokeStyle = scene.live ? theme.accent : theme.soft;
    g.lineWidth = 1.5;
    g.setLineDash(scene.live ? [] : [3, 3]);
    line(g, Math.round(edge) + 0.5, height);
    g.setLineDash([]);
  }
  if (scene.cursor !== undefined) {
    g.strokeStyle = theme.ink;
    g.lineWidth = 1.5;
    line(g, Math.round(x(scene.cursor)) + 0.5, height);
  }
  if (scene.hover !== undefined) {
    g.strokeStyle = theme.soft;
    g.lineWidth = 1;
    g.setLineDash([2, 3]);
    line(g, Math.round(x(scene.hover)) + 0.5, height);
    g.setLineDash([]);
  }
}

function line(g: CanvasRenderingContext2D, x: number, height: number): void {
  g.beginPath();
  g.moveTo(x, 0);
  g.lineTo(x, height);
  g.stroke();
}

/** The bars of a lane in a period, oldest first. */
export function barsIn({ bars }: Lane, from: number, to: number): readonly Bar[] {
  let low = 0;
  let high = bars.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bars[middle]?.start ?? -Infinity) <= to) low = middle + 1;
    else high = middle;
  }
  const end = low;
  let first = end;
  // Runs of one name seldom overlap: a few misses end the search.
  for (let i = end - 1, misses = 0; i >= 0 && misses < 8; i--) {
    if (((bars[i] as Bar).end ?? Infinity) >= from) first = i;
    else misses++;
  }
  return bars.slice(first, end);
}

/** Bars up to this width, in px, are plain rectangles. */
const PLAIN = 6;
/** Least distance of two signs, in px; deaths in between get a tick. */
const SIGN_SPACE = 15;

function drawLane(
  g: CanvasRenderingContext2D,
  lane: Lane,
  y: number,
  x: (at: number) => number,
  scene: Scene,
): void {
  const { view, width, theme, now, selected } = scene;
  const middle = y + LANE_HEIGHT / 2;
  const barTop = middle - BAR / 2;
  const colour = barColour(lane.name, theme.dark);
  const bars = barsIn(lane, view.from - (view.to - view.from) * 0.02, view.to);
  let painted = -Infinity;
  for (const bar of bars) {
    const open = bar.end === undefined;
    const from = Math.max(-4, bar.start === undefined ? x(scene.begin ?? view.from) : x(bar.start));
    const to = Math.min(width + 4, x(bar.end ?? Math.max(now, bar.start ?? now)));
    // Bars that share pixels are one: of many short runs, one in each pixel is drawn.
    if (to < painted + 0.6 && bar !== selected) continue;
    const left = Math.max(from, painted);
    const wide = Math.max(2.5, to - left);
    g.fillStyle = colour;
    if (wide <= PLAIN) g.fillRect(left, barTop, wide, BAR);
    else {
      if (bar.start === undefined && wide > 12) g.fillStyle = fade(g, left, wide, colour);
      g.beginPath();
      g.roundRect(left, barTop, wide, BAR, open ? [4, 0, 0, 4] : 4);
      g.fill();
    }
    painted = left + wide;
    if (wide > 4) drawHealth(g, bar, barTop, x, scene, left, left + wide);
    if (!bar.endSeen && !open && wide > 8) {
      g.fillStyle = hatch(g, theme.paper, 3);
      g.fillRect(left + wide - 6, barTop, 6, BAR);
    }
    if (bar === selected) {
      g.strokeStyle = theme.ink;
      g.lineWidth = 2;
      g.beginPath();
      g.roundRect(left - 1, barTop - 2, wide + 2, BAR + 4, 5);
      g.stroke();
    }
  }
  drawLoops(g, lane.loops, barTop, x, scene);
  drawDeaths(g, lane, bars, barTop, x, scene);
  drawLoopLabels(g, lane.loops, barTop, x, scene);
}

/** A bar whose start is not known fades in. */
function fade(g: CanvasRenderingContext2D, left: number, wide: number, colour: string): CanvasGradient {
  const gradient = g.createLinearGradient(left, 0, left + Math.min(40, wide), 0);
  gradient.addColorStop(0, 'transparent');
  gradient.addColorStop(1, colour);
  return gradient;
}

/** The signs of deaths; where there are many, ticks in between. */
function drawDeaths(
  g: CanvasRenderingContext2D,
  { loops }: Lane,
  bars: readonly Bar[],
  top: number,
  x: (at: number) => number,
  { width, theme }: Scene,
): void {
  // A narrow crash loop has its count instead.
  const narrow = loops.filter((loop) => x(loop.to) - x(loop.from) < 120);
  let sign = -Infinity;
  let tick = -Infinity;
  for (const { death, end } of bars) {
    if (death === undefined || end === undefined) continue;
    const at = x(death.at);
    if (at < -8 || at > width + 8) continue;
    if (narrow.some((loop) => loop.from <= death.at && death.at < loop.to)) continue;
    if (at - sign >= SIGN_SPACE) {
      g.drawImage(signOf(g, death.fate, theme), at - SIGN / 2, top + BAR / 2 - SIGN / 2, SIGN, SIGN);
      sign = at;
    } else if (death.alarming && at - sign > 8 && at - tick >= 2) {
      g.fillStyle = theme.fates[death.fate] ?? theme.ink;
      g.fillRect(at - 1, top + BAR - 4, 2, 6);
      tick = at;
    }
  }
}

function drawHealth(
  g: CanvasRenderingContext2D,
  bar: Bar,
  top: number,
  x: (at: number) => number,
  { theme, now }: Scene,
  left: number,
  right: number,
): void {
  for (const [index, { at, health }] of bar.health.entries()) {
    if (health === 'healthy') continue;
    const from = Math.max(left, x(at));
    const to = Math.min(right, x(bar.health[index + 1]?.at ?? bar.end ?? now));
    if (to - from < 0.5) continue;
    if (health === 'unhealthy') {
      g.fillStyle = theme.fates['unhealthy'] ?? theme.ink;
      g.fillRect(from, top, to - from, BAR);
      g.fillStyle = hatch(g, theme.panel, 5, 0.35);
      g.fillRect(from, top, to - from, BAR);
    } else {
      g.fillStyle = theme.panel;
      g.globalAlpha = 0.45;
      g.fillRect(from, top, to - from, BAR);
      g.globalAlpha = 1;
    }
  }
  for (const { from, to } of bar.pauses) {
    const [a, b] = [Math.max(left, x(from)), Math.min(right, x(to ?? now))];
    if (b - a < 0.5) continue;
    g.fillStyle = theme.panel;
    g.globalAlpha = 0.7;
    g.fillRect(a, top + 3, b - a, BAR - 6);
    g.globalAlpha = 1;
  }
}

/** Crash loops, hatched. */
function drawLoops(
  g: CanvasRenderingContext2D,
  loops: readonly LoopSpan[],
  top: number,
  x: (at: number) => number,
  { width, theme }: Scene,
): void {
  const colour = theme.fates['failed'] ?? theme.ink;
  let painted = -Infinity;
  for (const { from, to } of loops) {
    const left = Math.max(-10, x(from), painted);
    const right = Math.min(width + 10, x(to));
    if (right < 0 || left > width || right < painted) continue;
    const wide = Math.max(4, right - left);
    g.fillStyle = theme.panel;
    g.globalAlpha = 0.6;
    g.fillRect(left, top - 3, wide, BAR + 6);
    g.globalAlpha = 1;
    g.fillStyle = hatch(g, colour, 6, 0.8);
    g.fillRect(left, top - 3, wide, BAR + 6);
    g.strokeStyle = colour;
    g.lineWidth = 1;
    g.strokeRect(left + 0.5, top - 2.5, wide - 1, BAR + 5);
    painted = left + wide;
  }
}

/** Width of a label with its room, in px. */
const LABEL = 50;

/** The counts of crash loops, above the signs of deaths; where there is no room, one of several. */
function drawLoopLabels(
  g: CanvasRenderingContext2D,
  loops: readonly LoopSpan[],
  top: number,
  x: (at: number) => number,
  { width, theme }: Scene,
): void {
  let last = -Infinity;
  for (const { from, to, deaths } of loops) {
    const left = Math.max(-10, x(from));
    const right = Math.min(width + 10, x(to));
    if (right < 0 || left > width || right < last + LABEL) continue;
    const at = Math.max(left + 4, right) + 8;
    label(g, `↻ ${deaths}`, at, 0, top + BAR / 2, theme.fates['failed'] ?? theme.ink, theme);
    last = right;
  }
}

/** A text in a box, in the stretch if it fits, else right of it. */
function label(
  g: CanvasRenderingContext2D,
  text: string,
  left: number,
  wide: number,
  middle: number,
  colour: string,
  theme: Theme,
): void {
  const { tile, width } = tagOf(g, text, colour, theme);
  const at = wide > width + 8 ? Math.max(left, 0) + 5 : left + wide + 5;
  g.drawImage(tile, at, middle - TAG / 2, width, TAG);
}

/** Height of a label, in px. */
const TAG = 16;
const tags = new Map<string, { readonly tile: HTMLCanvasElement; readonly width: number }>();

/** A label, drawn once: text takes long to measure and to draw. */
function tagOf(
  g: CanvasRenderingContext2D,
  text: string,
  colour: string,
  { panel }: Theme,
): { readonly tile: HTMLCanvasElement; readonly width: number } {
  const key = `${text}\n${colour} ${panel} ${devicePixelRatio}`;
  const known = tags.get(key);
  if (known !== undefined) return known;
  g.font = fontOf(g, 600);
  const width = Math.ceil(g.measureText(text).width) + 8;
  const tile = g.canvas.ownerDocument.createElement('canvas');
  tile.width = Math.ceil(width * devicePixelRatio);
  tile.height = Math.ceil(TAG * devicePixelRatio);
  const pen = tile.getContext('2d');
  if (pen !== null) {
    pen.scale(tile.width / width, tile.height / TAG);
    pen.font = g.font;
    pen.fillStyle = panel;
    pen.beginPath();
    pen.roundRect(0, 0.5, width, 15, 4);
    pen.fill();
    pen.fillStyle = colour;
    pen.textBaseline = 'middle';
    pen.fillText(text, 4, TAG / 2 + 0.5);
  }
  if (tags.size > 300) tags.clear();
  tags.set(key, { tile, width });
  return { tile, width };
}

let font: string | undefined;

function fontOf(g: CanvasRenderingContext2D, weight: number): string {
  font ??= getComputedStyle(g.canvas).fontFamily || FONT;
  return `${weight} 11px ${font}`;
}

/** Before the first event that the page has, nothing is known. */
function drawUnread(g: CanvasRenderingContext2D, x: (at: number) => number, scene: Scene): void {
  if (scene.begin === undefined) return;
  const to = Math.min(scene.width, x(scene.begin));
  if (to <= 0) return;
  g.fillStyle = scene.theme.paper;
  g.globalAlpha = 0.82;
  g.fillRect(0, 0, to, scene.height);
  g.globalAlpha = 0.5;
  g.fillStyle = scene.theme.line;
  g.fillRect(to - 1, 0, 1, scene.height);
  g.globalAlpha = 1;
}

function drawGap(
  g: CanvasRenderingContext2D,
  { from, to, count, detail }: Gap,
  x: (at: number) => number,
  { width, height, theme, now }: Scene,
): void {
  const middle = from === undefined || to === undefined ? undefined : (x(from) + x(to)) / 2;
  let left = from === undefined ? -1 : x(from);
  let right = x(to ?? now);
  if (right - left < 6 && middle !== undefined) [left, right] = [middle - 3, middle + 3];
  if (right < 0 || left > width) return;
  [left, right] = [Math.max(-1, left), Math.min(width + 1, right)];
  g.fillStyle = theme.gap;
  g.globalAlpha = 0.13;
  g.fillRect(left, 0, right - left, height);
  g.globalAlpha = 1;
  g.fillStyle = hatch(g, theme.gap, 8, 0.55);
  g.fillRect(left, 0, right - left, height);
  const text = count === undefined ? 'gap' : `gap: ${count}`;
  // With room, the reason too.
  const long = `${text}, ${detail.slice(0, 120)}`;
  const fits = tagOf(g, long, theme.gap, theme).width + 16 < right - left;
  label(g, fits ? long : text, left, right - left, 12, theme.gap, theme);
}

const patterns = new Map<string, CanvasPattern>();

/** Diagonal lines of a colour. */
function hatch(g: CanvasRenderingContext2D, colour: string, step: number, alpha = 1): CanvasPattern | string {
  const key = `${colour} ${step} ${alpha}`;
  const known = patterns.get(key);
  if (known !== undefined) return known;
  const tile = document.createElement('canvas');
  const size = step * 2;
  tile.width = tile.height = size;
  const pen = tile.getContext('2d');
  if (pen === null) return colour;
  pen.strokeStyle = colour;
  pen.globalAlpha = alpha;
  pen.lineWidth = step / 2.6;
  for (const shift of [-size, 0, size]) {
    pen.beginPath();
    pen.moveTo(shift - 2, size + 2);
    pen.lineTo(shift + size + 2, -2);
    pen.stroke();
  }
  const pattern = g.createPattern(tile, 'repeat');
  if (pattern === null) return colour;
  if (patterns.size > 100) patterns.clear();
  patterns.set(key, pattern);
  return pattern;
}

/** Size of a sign, in px. */
const SIGN = 20;
const signs = new Map<string, HTMLCanvasElement>();

/** The sign of a death, drawn once: copying pixels takes a tenth of the time. */
function signOf({ canvas }: CanvasRenderingContext2D, fate: Fate, theme: Theme): HTMLCanvasElement {
  const key = `${fate} ${theme.dark} ${devicePixelRatio}`;
  const known = signs.get(key);
  if (known !== undefined) return known;
  const tile = canvas.ownerDocument.createElement('canvas');
  tile.width = tile.height = Math.ceil(SIGN * devicePixelRatio);
  const pen = tile.getContext('2d');
  if (pen !== null) {
    pen.scale(tile.width / SIGN, tile.height / SIGN);
    drawFate(pen, fate, SIGN / 2, SIGN / 2, theme);
  }
  if (signs.size > 50) signs.clear();
  signs.set(key, tile);
  return tile;
}

/** The sign of a death: each kind has a form of its own, besides its colour. */
function drawFate(
  g: CanvasRenderingContext2D,
  fate: Fate,
  x: number,
  y: number,
  { fates, panel }: Theme,
): void {
  const colour = fates[fate] ?? fates['unknown'] ?? '';
  g.lineWidth = 1.6;
  g.strokeStyle = panel;
  g.fillStyle = colour;
  g.beginPath();
  if (fate === 'failed') g.arc(x, y, 7, 0, Math.PI * 2);
  else if (fate === 'oom') polygon(g, x, y, [0, -8.5, 8.5, 0, 0, 8.5, -8.5, 0]);
  else if (fate === 'killed') polygon(g, x, y, [0, -8, 8, 6.5, -8, 6.5]);
  else if (fate === 'asked') g.rect(x - 3, y - 7, 4, 14);
  else g.arc(x, y, 3.6, 0, Math.PI * 2);
  g.fill();
  g.stroke();
  g.strokeStyle = panel;
  if (fate === 'failed') {
    g.beginPath();
    for (const [dx, dy] of [
      [-2.6, -2.6],
      [-2.6, 2.6],
    ] as const) {
      g.moveTo(x + dx, y + dy);
      g.lineTo(x - dx, y - dy);
    }
    g.stroke();
  } else if (fate === 'oom' || fate === 'killed') {
    g.fillStyle = panel;
    g.fillRect(x - 0.9, y - 4, 1.8, 5);
    g.fillRect(x - 0.9, y + 2.4, 1.8, 1.8);
  }
}

function polygon(g: CanvasRenderingContext2D, x: number, y: number, points: readonly number[]): void {
  for (let i = 0; i < points.length; i += 2) g.lineTo(x + (points[i] ?? 0), y + (points[i + 1] ?? 0));
  g.closePath();
}
