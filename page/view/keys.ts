/** The keys of the page. */
import { pan, zoom } from '../time/viewport.ts';
import type { App } from './app.ts';
import { openEvent, shownEvents } from './EventList.tsx';
import { showAll } from './Header.tsx';

type Action = (app: App) => void;

const KEYS: Readonly<Record<string, Action>> = {
  '/': () => document.getElementById('filter')?.focus(),
  j: (app) => step(app, 1),
  k: (app) => step(app, -1),
  ArrowDown: (app) => step(app, 1),
  ArrowUp: (app) => step(app, -1),
  ArrowLeft: (app) => app.show(pan(app.view, -0.2)),
  ArrowRight: (app) => app.show(pan(app.view, 0.2)),
  '+': (app) => zoomBy(app, 0.5),
  '=': (app) => zoomBy(app, 0.5),
  '-': (app) => zoomBy(app, 2),
  '−': (app) => zoomBy(app, 2),
  ' ': (app) => app.pause(!app.paused),
  l: (app) => app.live(),
  a: showAll,
  e: (app) => app.setTab('events'),
  c: (app) => app.setTab('containers'),
  r: (app) => app.setTab('report'),
  '?': (app) => {
    app.help = !app.help;
    app.changed();
  },
  Escape: (app) => {
    if (app.selection !== undefined) app.select(undefined);
    else app.setBrush(undefined);
  },
};

/** Handles a key, unless it is for an element that takes it. */
export function onKey(app: App, event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target as HTMLElement;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
  if (app.help && event.key !== '?') return;
  const isPress = event.key === ' ' || event.key === 'Enter';
  if (isPress && /^(BUTTON|A|SUMMARY)$/.test(target.tagName)) return;
  const action = KEYS[event.key];
  if (action === undefined) return;
  event.preventDefault();
  action(app);
}

function zoomBy(app: App, factor: number): void {
  const { view, selection, now } = app;
  const middle = (view.from + view.to) / 2;
  const at = selection?.kind === 'time' ? selection.at : app.follows ? now : middle;
  app.show(zoom(view, factor, at), app.follows);
}

/** Moves through the list. */
function step(app: App, by: 1 | -1): void {
  const events = shownEvents(app);
  const at = events.findIndex(({ seq }) => seq === app.current);
  const next = at < 0 ? (by > 0 ? 0 : events.length - 1) : at + by;
  const from = at < 0 ? events.length - 1 : next;
  const event = events[Math.min(events.length - 1, Math.max(0, from))];
  if (event !== undefined) openEvent(app, event);
}
