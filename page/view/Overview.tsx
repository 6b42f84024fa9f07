/** All that the page has, in a strip: density of events, alarms, and the shown period. */
import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { dayText } from '../time/scale.ts';
import { clockText } from '../time/time-text.ts';
import type { App } from './app.ts';
import { useCalm } from './calm.ts';
import { readTheme } from './colours.ts';
import { gutterOf } from './Lanes.tsx';
import { useSize } from './element-size.ts';

const HEIGHT = 34;
/** Width of a column, in px. */
const COLUMN = 3;

interface Counted {
  readonly from: number;
  readonly to: number;
  readonly events: readonly number[];
  /** Kinds of alarming deaths, by pixel: one for each. */
  readonly alarms: ReadonlyMap<number, string>;
}

export function Overview({ app }: { readonly app: App }): VNode {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<{ counted: Counted; drawing: string } | undefined>(undefined);
  const dragging = useRef(false);
  const { width: whole } = useSize(frame);
  const gutter = gutterOf(whole);
  const width = Math.max(50, whole - gutter);
  const { model } = app;
  const columns = Math.ceil(width / COLUMN);
  const counted = useCalm(app, { now: [model, columns], later: [model.version] }, () => count(app, columns));
  const { from, to } = counted;

  useLayoutEffect(() => {
    const element = canvas.current;
    const g = element?.getContext('2d');
    if (element === null || !g) return;
    const ratio = devicePixelRatio;
    // A change of the size clears a canvas, and costs new memory.
    const drawing = `${app.view.from} ${app.view.to} ${width} ${ratio} ${readTheme().dark}`;
    if (drawn.current?.counted === counted && drawn.current.drawing === drawing) return;
    drawn.current = { counted: counted, drawing };
    if (element.width !== Math.round(width * ratio)) element.width = Math.round(width * ratio);
    if (element.height !== Math.round(HEIGHT * ratio)) element.height = Math.round(HEIGHT * ratio);
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(g, counted, app, width);
  });

  const move = (event: PointerEvent): void => {
    const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const at = from + ((event.clientX - left) / width) * (to - from);
    const half = (app.view.to - app.view.from) / 2;
    app.show({ from: at - half, to: at + half });
  };
  return (
    <div class="overview" ref={frame}>
      <span class="overview-label" style={{ width: `${gutter}px` }} aria-hidden="true">
        <span>
          {model.first === undefined ? '' : `${dayText(new Date(from))} ${clockText(from).slice(0, 5)}`}
        </span>
      </span>
      <canvas
        ref={canvas}
        style={{ width: `${width}px`, height: `${HEIGHT}px` }}
        role="img"
        aria-label="Density of events over all that the page has"
        title="All events that the page has; click to go there"
        onPointerDown={(event) => {
          (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
          dragging.current = true;
          move(event);
        }}
        onPointerMove={(event) => (dragging.current ? move(event) : undefined)}
        onPointerUp={() => (dragging.current = false)}
      />
    </div>
  );
}

function count({ model, now, past }: App, columns: number): Counted {
  const from = model.first ?? now - 60_000;
  const to = Math.max(model.last ?? now, past === undefined ? now : 0, from + 1000);
  const events = Array.from({ length: columns }, () => 0);
  const factor = columns / (to - from);
  for (const { at } of model.events.items) {
    const index = Math.min(columns - 1, Math.max(0, Math.floor((at - from) * factor)));
    events[index] = (events[index] ?? 0) + 1;
  }
  const alarms = new Map<number, string>();
  for (const lane of model.timeline.lanes.all) {
    if (lane.alarms === 0) continue;
    for (const { death } of lane.bars) {
      if (death?.alarming !== true) continue;
      const x = Math.round((death.at - from) * factor) * COLUMN;
      if (alarms.get(x) !== 'oom') alarms.set(x, death.fate);
    }
  }
  return { from, to, events, alarms };
}

function draw(g: CanvasRenderingContext2D, found: Counted, app: App, width: number): void {
  const theme = readTheme();
  const x = (at: number): number => ((at - found.from) / (found.to - found.from)) * width;
  g.clearRect(0, 0, width, HEIGHT);
  const most = Math.log1p(Math.max(...found.events));
  g.fillStyle = theme.soft;
  g.globalAlpha = 0.45;
  for (const [index, count] of found.events.entries()) {
    if (count === 0) continue;
    const height = 2 + (Math.log1p(count) / most) * (HEIGHT - 12);
    g.fillRect(index * COLUMN, HEIGHT - height, COLUMN - 1, height);
  }
  g.globalAlpha = 1;
  for (const [at, fate] of found.alarms) {
    g.fillStyle = theme.fates[fate] ?? theme.ink;
    g.fillRect(at - 1, 0, 2, 7);
  }
  for (const { from, to } of app.model.gaps.all) {
    const left = from === undefined ? 0 : x(from);
    g.fillStyle = theme.gap;
    g.globalAlpha = 0.35;
    g.fillRect(left, 0, Math.max(2, x(to ?? app.now) - left), HEIGHT);
    g.globalAlpha = 1;
  }
  const [left, right] = [Math.max(0, x(app.view.from)), Math.min(width, x(app.view.to))];
  g.fillStyle = theme.accent;
  g.globalAlpha = 0.12;
  g.fillRect(left, 0, Math.max(2, right - left), HEIGHT);
  g.globalAlpha = 1;
  g.fillRect(left, 0, 1.5, HEIGHT);
  g.fillRect(Math.max(left + 2, right) - 1.5, 0, 1.5, HEIGHT);
}
