/** Starts the page: live from a daemon, or from the data in a saved page. */
import { render } from 'preact';
import { map, Subscription } from 'rxjs';
import { follow, Refusal } from './data/follow.ts';
import { nameOf } from './data/event.ts';
import type { ContainersAnswer, HostInfo, PageFrame } from './data/frames.ts';
import { MOST_EVENTS } from './data/model.ts';
import { askJson, openEvents } from './net/http.ts';
import { type SavedData, savedData } from './net/saved.ts';
import { beginSession } from './net/browser-session.ts';
import { App, type Past } from './view/app.ts';
import { showAll } from './view/Header.tsx';
import { Page } from './view/Page.tsx';

async function start(): Promise<void> {
  const data = savedData();
  const problem = data === undefined ? await beginSession().catch(() => undefined) : undefined;
  const app = new App({ now: () => Date.now(), saved: data?.saved });
  render(<Page app={app} />, document.body);
  keepMoving(app);
  if (data !== undefined) return showSaved(app, data);
  if (problem !== undefined) {
    app.refusal = { status: 401, message: problem };
    return app.changed();
  }
  document.title = 'tidings';
  let following: Subscription | undefined;
  app.onPast = (past) => {
    following?.unsubscribe();
    app.reset(past);
    following = followDaemon(app, past);
  };
  following = followDaemon(app, app.past);
}

function showSaved(app: App, { saved, containers, frames }: SavedData): void {
  app.setHost(saved.host);
  if (containers !== undefined) app.model.list(containers);
  app.model.take({ kind: 'frames', frames });
  app.model.complete();
  const [from, to] = [saved.since, saved.until].map((time) =>
    time === undefined ? undefined : Number(time) / 1e6,
  );
  if (from !== undefined && to !== undefined && !location.hash.includes('view=')) app.show({ from, to });
  else if (!location.hash.includes('view=')) showAll(app);
  document.title = `${saved.title} · ${saved.host.host}`;
  app.changed();
}

/** Asks once for the facts, then follows the stream. */
function followDaemon(app: App, past: Past | undefined): Subscription {
  const { model } = app;
  const fail = (error: unknown): void => {
    if (!(error instanceof Refusal)) return;
    app.refusal = { status: error.status, message: error.message };
    app.changed();
  };
  const containersPath =
    past === undefined
      ? '/v1/containers'
      : `/v1/containers?at=${encodeURIComponent(new Date(past.from).toISOString())}`;
  const following = new Subscription();
  const events = (): void => {
    const connect = (cursor: string | undefined): ReturnType<typeof openEvents> =>
      openEvents(paramsOf(past, cursor));
    following.add(
      follow({ connect }).subscribe({
        next: (message) => {
          const wasReplayed = model.replayed;
          model.take(message);
          if (!wasReplayed && model.replayed) onReplayed(app);
          if (wasReplayed && message.kind === 'frames') announce(app, message.frames);
          if (message.kind === 'link' || wasReplayed !== model.replayed) app.changed();
          else app.arrived();
        },
        error: fail,
        complete: () => app.changed(),
      }),
    );
  };
  following.add(
    askJson<ContainersAnswer>(containersPath).subscribe({
      next: (found) => model.list(found),
      error: (error: unknown) => {
        // Without a journal there is no history to request.
        if (past === undefined) fail(error);
        events();
      },
      complete: () => events(),
    }),
  );
  following.add(
    askJson<HostInfo>('/v1/host').subscribe({
      next: (host) => {
        app.setHost(host);
        document.title = `${host.host} · tidings`;
      },
      error: () => undefined,
    }),
  );
  following.add(
    askJson<{ engines: readonly { engine: string; clockDifference?: number }[] }>('/v1/engines')
      .pipe(map(({ engines }) => engines))
      .subscribe({
        next: (engines) => {
          app.clocks = engines.flatMap(({ engine, clockDifference: seconds = 0 }) =>
            Math.abs(seconds) >= 5 ? [{ engine, seconds }] : [],
          );
          app.changed();
        },
        error: () => undefined,
      }),
  );
  return following;
}

/** Tells screen readers the last alarming death among new events. */
function announce(app: App, frames: readonly PageFrame[]): void {
  for (const frame of frames.toReversed()) {
    if (frame.kind !== 'events') continue;
    const last = frame.events.findLast(({ seq }) => app.model.summaries.get(seq)?.alarming === true);
    if (last === undefined) continue;
    app.said = `${nameOf(last)}: ${app.model.summaries.get(last.seq)?.summary ?? ''}`;
    return;
  }
}

function paramsOf(past: Past | undefined, cursor: string | undefined): URLSearchParams {
  const params = new URLSearchParams();
  if (past !== undefined) {
    params.set('until', new Date(past.to).toISOString());
    params.set('follow', 'false');
    if (cursor === undefined) params.set('since', new Date(past.from).toISOString());
  }
  if (cursor !== undefined) params.set('cursor', cursor);
  else params.set('tail', String(MOST_EVENTS));
  return params;
}

/** Shows the past whole if it is shorter than the period. */
function onReplayed(app: App): void {
  const { first } = app.model;
  if (app.past !== undefined) app.show(app.past);
  else if (app.follows && first !== undefined && first < app.now) {
    const span = Math.max(60_000, Math.min(3_600_000, (app.now - first) * 1.1));
    app.show({ from: app.now - span, to: app.now }, true);
  }
}

/** The live edge moves: a frame for each pixel of it, at most ten a second, none while hidden. */
function keepMoving(app: App): void {
  const again = (): void => {
    const pixel = (app.view.to - app.view.from) / innerWidth;
    const moves = !document.hidden && !app.paused && app.saved === undefined && app.past === undefined;
    if (moves) app.arrived();
    setTimeout(again, Math.min(10_000, Math.max(100, pixel)));
  };
  again();
  document.addEventListener('visibilitychange', () => (document.hidden ? undefined : app.changed()));
}

void start();
