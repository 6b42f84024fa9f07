/** The lanes: names beside a canvas, with zoom, drag, click, brush and the time cursor. */
import { select } from 'd3-selection';
import { zoom as createZoom, type D3ZoomEvent, zoomIdentity, type ZoomBehavior } from 'd3-zoom';
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ticksOf, xOf } from '../time/scale.ts';
import { clockText, momentText } from '../time/time-text.ts';
import { LONGEST, pan, SHORTEST, type Viewport } from '../time/viewport.ts';
import type { App } from './app.ts';
import { barColour, readTheme, type Theme } from './colours.ts';
import { barsIn, drawScene } from './draw.ts';
import { GROUP_HEIGHT, LANE_HEIGHT, type Rows, rowsOf, visible } from './lane-rows.ts';
import { useSize } from './element-size.ts';

/** The period at a zoom factor of 1; ms. */
const BASE = 3_600_000;

export function Lanes({ app }: { readonly app: App }): VNode {
  const frame = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const axis = useRef<HTMLDivElement>(null);
  const { width: whole, height } = useSize(scroller);
  const [top, setTop] = useState(0);
  const gutter = gutterOf(whole);
  const width = Math.max(50, whole - gutter);
  const rows = useRows(app);
  const seen = visible(rows, top, height);
  const theme = useTheme(app);
  const [, setFrame] = useState(0);
  // Frames in which only the lanes move.
  useLayoutEffect(() => app.onChange((whole) => (whole ? undefined : setFrame((count) => count + 1))), [app]);
  useGestures({ app, canvas, scroller, width });
  const ticks = ticksOf(app.view, width);
  const { model } = app;
  const selected = app.selection?.kind === 'run' ? app.selection.bar : undefined;
  const cursor = app.selection?.kind === 'time' ? app.selection.at : undefined;

  useLayoutEffect(() => {
    const element = canvas.current;
    const g = element?.getContext('2d');
    if (element === null || !g || height === 0) return;
    const ratio = devicePixelRatio;
    if (element.width !== Math.round(width * ratio) || element.height !== Math.round(height * ratio)) {
      element.width = Math.round(width * ratio);
      element.height = Math.round(height * ratio);
    }
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawScene(g, {
      ...{
        view: app.view,
        width,
        height,
        top,
        rows: seen,
        gaps: model.gaps.all,
        ticks,
        theme,
        cursor,
        selected,
      },
      now: app.past?.to ?? app.now,
      live: model.link?.state === 'open',
      begin: model.hasOlder || model.first === undefined ? model.first : undefined,
      hover: app.hover,
      brush: app.brush,
    });
  });

  const names = useMemo(
    () =>
      seen.map((row) =>
        row.kind === 'group' ? (
          <button
            key={`group ${row.name}`}
            class="group"
            aria-expanded={!app.closed.has(row.name)}
            style={{ top: `${row.y}px`, height: `${GROUP_HEIGHT}px` }}
            onClick={() => toggle(app, row.name)}
            title={row.name}
          >
            <span class="fold" aria-hidden="true">
              {app.closed.has(row.name) ? '▸' : '▾'}
            </span>
            <bdi class="cut">{row.name}</bdi>
            <span class="count">{row.lanes}</span>
          </button>
        ) : (
          <button
            key={row.lane.key}
            class={selected?.lane === row.lane ? 'lane current' : 'lane'}
            style={{ top: `${row.y}px`, height: `${LANE_HEIGHT}px` }}
            onClick={() => selectLast(app, row.lane)}
            title={`${row.lane.name} (${row.lane.engine})`}
          >
            <span class="dot" style={{ background: barColour(row.lane.name, theme.dark) }} />
            <bdi class="cut">{row.lane.name}</bdi>
            {row.lane.alarms > 0 && <span class="alarms">{row.lane.alarms}</span>}
          </button>
        ),
      ),
    [app.turn, rows, top, height, theme],
  );
  const x = xOf(app.view, width);
  const marker = cursor ?? app.hover;
  return (
    <section class="lanes" aria-label="Containers over time" ref={frame}>
      <div class="axis" ref={axis} style={{ paddingLeft: `${gutter}px` }}>
        <Axis app={app} width={width}>
          {ticks.map((tick) => (
            <span
              key={tick.at}
              class={tick.strong ? 'tick strong' : 'tick'}
              style={{ transform: `translateX(${tick.x}px)` }}
            >
              {tick.text}
            </span>
          ))}
          {marker !== undefined && x(marker) >= 0 && x(marker) <= width && (
            <span
              class="marker"
              style={{ transform: `translateX(${Math.min(width - 90, Math.max(0, x(marker) - 45))}px)` }}
            >
              {clockText(marker)}
            </span>
          )}
        </Axis>
      </div>
      {rows.rows.length === 0 && model.timeline.lanes.size > 0 && (
        <p class="empty-lanes">No container has a name that the filter selects.</p>
      )}
      <div
        class="lanes-scroll"
        ref={scroller}
        onScroll={(event) => setTop((event.target as HTMLElement).scrollTop)}
        // The names in it take the focus; a scroller without any can be scrolled by keys itself.
        tabIndex={0}
        role="group"
        aria-label="Lanes"
      >
        <canvas
          ref={canvas}
          class="lanes-canvas"
          role="img"
          aria-label={`Runs of ${model.timeline.lanes.size} containers, from ${momentText(app.view.from)} to ${momentText(app.view.to)}. The lists below have the same as text.`}
          style={{ width: `${width}px`, height: `${height}px`, marginLeft: `${gutter}px` }}
        />
        <div
          class="lanes-names"
          style={{ height: `${rows.height}px`, width: `${gutter}px`, marginTop: `${-height}px` }}
        >
          {names}
        </div>
      </div>
    </section>
  );
}

/** Width of the names, by the width of the whole. */
export function gutterOf(width: number): number {
  return width < 560 ? 104 : width < 900 ? 150 : 190;
}

/** The axis; a drag on it is the brush. */
function Axis({
  app,
  width,
  children,
}: {
  readonly app: App;
  readonly width: number;
  readonly children: unknown;
}): VNode {
  const start = useRef<number | undefined>(undefined);
  const timeAt = (event: PointerEvent): number => {
    const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return app.view.from + ((event.clientX - left) / width) * (app.view.to - app.view.from);
  };
  const x = xOf(app.view, width);
  const { brush } = app;
  return (
    <div
      class="axis-track"
      title="Drag to select a period; click for a time"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
        start.current = timeAt(event);
      }}
      onPointerMove={(event) => {
        const at = timeAt(event);
        if (start.current === undefined) return app.setHover(at);
        const [from, to] = [Math.min(start.current, at), Math.max(start.current, at)];
        if (x(to) - x(from) > 4) app.setBrush({ from, to });
      }}
      onPointerLeave={() => app.setHover(undefined)}
      onPointerUp={(event) => {
        const at = timeAt(event);
        const began = start.current;
        start.current = undefined;
        if (began === undefined || Math.abs(x(at) - x(began)) > 4) return;
        if (brush !== undefined) app.setBrush(undefined);
        else app.select({ kind: 'time', at });
      }}
    >
      {brush !== undefined && (
        <span
          class="brush"
          style={{
            transform: `translateX(${x(brush.from)}px)`,
            width: `${Math.max(2, x(brush.to) - x(brush.from))}px`,
          }}
        />
      )}
      {children}
    </div>
  );
}

function toggle(app: App, group: string): void {
  if (app.closed.has(group)) app.closed.delete(group);
  else app.closed.add(group);
  app.changed();
}

function selectLast(app: App, lane: Parameters<typeof barsIn>[0]): void {
  const bar = barsIn(lane, app.view.from, app.view.to).at(-1) ?? lane.bars.at(-1);
  if (bar !== undefined) app.select({ kind: 'run', bar });
}

/** The rows; made again only when lanes, filter or closed groups change. */
function useRows(app: App): Rows {
  const made = useRef<{ key: string; model: unknown; rows: Rows } | undefined>(undefined);
  const { lanes } = app.model.timeline;
  const key = `${lanes.version} ${app.model.filtered.expression} ${[...app.closed].join('\n')}`;
  if (made.current?.key !== key || made.current.model !== app.model) {
    made.current = { key, model: app.model, rows: rowsOf(lanes, app.model.filtered.expression, app.closed) };
  }
  return made.current.rows;
}

function useTheme(app: App): Theme {
  const [theme, setTheme] = useState(readTheme);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const listener = (): void => setTheme(readTheme());
    query.addEventListener('change', listener);
    return () => query.removeEventListener('change', listener);
  }, [app]);
  return theme;
}

interface Gestures {
  readonly app: App;
  readonly canvas: { readonly current: HTMLCanvasElement | null };
  readonly scroller: { readonly current: HTMLDivElement | null };
  readonly width: number;
}

/** Wheel, drag and pinch change the period; a click selects. */
function useGestures({ app, canvas, scroller, width }: Gestures): void {
  const behaviour = useRef<ZoomBehavior<HTMLCanvasElement, unknown> | undefined>(undefined);
  const base = useRef(app.view.from);
  const widthNow = useRef(width);
  widthNow.current = width;

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    let lastY = 0;
    const zooming = createZoom<HTMLCanvasElement, unknown>()
      .scaleExtent([BASE / LONGEST, BASE / SHORTEST])
      .filter((event: MouseEvent) => {
        const isSideways = event instanceof WheelEvent && Math.abs(event.deltaX) > Math.abs(event.deltaY);
        return event.button === 0 && !isSideways && !(event.type === 'dblclick');
      })
      .wheelDelta(
        ({ deltaY, deltaMode }: WheelEvent) =>
          -deltaY * (deltaMode === 1 ? 0.05 : deltaMode === 2 ? 1 : 0.002),
      )
      .on('start', () => {
        lastY = 0;
      })
      .on('zoom', ({ transform: { k, x, y }, sourceEvent }: D3ZoomEvent<HTMLCanvasElement, unknown>) => {
        if (!sourceEvent) return;
        const from = base.current + (-x / widthNow.current) * (BASE / k);
        app.show({ from, to: from + BASE / k });
        // A drag also scrolls the lanes.
        if (sourceEvent instanceof MouseEvent && !(sourceEvent instanceof WheelEvent)) {
          scroller.current?.scrollBy(0, lastY - y);
        }
        lastY = y;
      });
    behaviour.current = zooming;
    select(element).call(zooming);
    const sideways = (event: WheelEvent): void => {
      if (Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
      event.preventDefault();
      app.show(pan(app.view, event.deltaX / widthNow.current));
    };
    const timeAt = (event: MouseEvent): number =>
      app.view.from + (event.offsetX / widthNow.current) * (app.view.to - app.view.from);
    const move = (event: MouseEvent): void => app.setHover(timeAt(event));
    const leave = (): void => app.setHover(undefined);
    const click = (event: MouseEvent): void => {
      const at = timeAt(event);
      const top = (scroller.current?.scrollTop ?? 0) + event.offsetY;
      const near = (8 / widthNow.current) * (app.view.to - app.view.from);
      const { expression } = app.model.filtered;
      const { rows } = rowsOf(app.model.timeline.lanes, expression, app.closed);
      const row = rows.findLast((each) => each.y <= top);
      const isOn = row?.kind === 'lane' && top < row.y + LANE_HEIGHT;
      const bars = isOn ? barsIn(row.lane, at - near, at + near) : [];
      const bar = bars.find(({ death }) => death && Math.abs(death.at - at) <= near) ?? bars.at(-1);
      app.select(bar === undefined ? { kind: 'time', at } : { kind: 'run', bar });
    };
    element.addEventListener('wheel', sideways, { passive: false });
    element.addEventListener('mousemove', move);
    element.addEventListener('mouseleave', leave);
    element.addEventListener('click', click);
    return () => {
      select(element).on('.zoom', null);
      element.removeEventListener('wheel', sideways);
      element.removeEventListener('mousemove', move);
      element.removeEventListener('mouseleave', leave);
      element.removeEventListener('click', click);
    };
  }, [app]);

  // The gestures start from the shown period, which other things change too.
  useLayoutEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const { from, to }: Viewport = app.view;
    const k = BASE / (to - from);
    const x = (-(from - base.current) / (BASE / k)) * width;
    (element as HTMLCanvasElement & { __zoom: unknown }).__zoom = zoomIdentity.translate(x, 0).scale(k);
  });
}
