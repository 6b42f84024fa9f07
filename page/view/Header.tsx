/** The top of the page: name, filter, period, connection. */
import type { VNode } from 'preact';
import { spanText } from '../time/time-text.ts';
import { atEdge, widthOf } from '../time/viewport.ts';
import type { App } from './app.ts';
import { FilterBox } from './FilterBox.tsx';

/** The periods of the buttons, in ms. */
const PERIODS: readonly (readonly [string, number])[] = [
  ['5 min', 300_000],
  ['1 h', 3_600_000],
  ['6 h', 21_600_000],
  ['1 d', 86_400_000],
];

export function Header({ app }: { readonly app: App }): VNode {
  const { saved, host } = app;
  return (
    <header class="top">
      <h1>
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
          <rect class="l1" x="3" y="6" width="17" height="5" rx="2.5" />
          <rect class="l2" x="9" y="13.5" width="20" height="5" rx="2.5" />
          <rect class="l3" x="3" y="21" width="11" height="5" rx="2.5" />
          <circle class="l4" cx="20.5" cy="23.5" r="3.4" />
        </svg>
        tidings
        {host !== undefined && (
          <span class="host">
            <bdi>{host.host}</bdi>
          </span>
        )}
      </h1>
      <FilterBox app={app} />
      <div class="periods" role="group" aria-label="Period">
        {PERIODS.map(([text, ms]) => (
          <button
            key={text}
            aria-pressed={Math.abs(widthOf(app.view) - ms) < ms * 0.01}
            onClick={() => showLast(app, ms)}
          >
            {text}
          </button>
        ))}
        <button onClick={() => showAll(app)} title="All events that the page has">
          all
        </button>
      </div>
      {saved === undefined ? (
        <LinkState app={app} />
      ) : (
        <span class="link-state saved" title={saved.title}>
          saved
        </span>
      )}
      <button
        class="round"
        onClick={() => setHelp(app)}
        aria-label="Keys and signs"
        title="Keys and signs (?)"
      >
        ?
      </button>
    </header>
  );
}

function showLast(app: App, ms: number): void {
  const end = app.past?.to ?? app.now;
  app.show(atEdge({ from: end - ms, to: end }, end), app.past === undefined && app.saved === undefined);
}

/** Shows everything that the page has. */
export function showAll(app: App): void {
  const { first, last } = app.model;
  if (first === undefined || last === undefined) return;
  const end = app.past === undefined ? Math.max(last, app.now) : last;
  const room = Math.max(1000, (end - first) * 0.02);
  app.show({ from: first - room, to: end + room * 1.5 }, false);
}

function setHelp(app: App): void {
  app.help = !app.help;
  app.changed();
}

function LinkState({ app }: { readonly app: App }): VNode {
  const { link, replayed, total } = app.model;
  if (app.past !== undefined) {
    return (
      <button class="link-state past" onClick={() => app.live()}>
        the past · go live
      </button>
    );
  }
  if (link?.state === 'lost') {
    return (
      <span class="link-state lost" role="status" title={link.why}>
        connection lost · next try in {spanText(link.wait)}
      </span>
    );
  }
  if (app.paused) {
    return (
      <button class="link-state paused" onClick={() => app.pause(false)}>
        paused · resume
      </button>
    );
  }
  if (link?.state !== 'open' || !replayed) {
    return (
      <span class="link-state">
        {total === 0 ? 'connecting' : `reading ${total.toLocaleString('en')} events`}
      </span>
    );
  }
  if (!app.follows) {
    return (
      <button class="link-state" onClick={() => app.live()}>
        go live
      </button>
    );
  }
  return (
    <button class="link-state live" onClick={() => app.pause(true)} title="Pause (space bar)">
      <span class="pulse" aria-hidden="true" /> live
    </button>
  );
}
