/** The whole page. */
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { setToken } from '../net/http.ts';
import type { App, Tab } from './app.ts';
import { Containers } from './Containers.tsx';
import { Details } from './Details.tsx';
import { EventList } from './EventList.tsx';
import { Header } from './Header.tsx';
import { Headline } from './Headline.tsx';
import { Help } from './Help.tsx';
import { onKey } from './keys.ts';
import { Lanes } from './Lanes.tsx';
import { Notices } from './Notices.tsx';
import { Overview } from './Overview.tsx';
import { Report } from './Report.tsx';

const TABS: readonly (readonly [Tab, string])[] = [
  ['events', 'Events'],
  ['containers', 'Containers'],
  ['report', 'Report'],
];

export function Page({ app }: { readonly app: App }): VNode {
  const [, setTurn] = useState(0);
  // Before the first change: a saved page has its data at once.
  useLayoutEffect(() => app.onChange((whole) => (whole ? setTurn(app.turn) : undefined)), [app]);
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onKey(app, event);
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, [app]);
  if (app.refusal?.status === 401) return <NoSession app={app} />;
  const isEmpty = app.model.replayed && app.model.timeline.lanes.size === 0;
  return (
    <>
      <Header app={app} />
      <Headline app={app} />
      <Notices app={app} />
      <main class={app.selection === undefined ? 'body' : 'body with-details'}>
        <div class="over-time">
          <Overview app={app} />
          <Lanes app={app} />
          {isEmpty && (
            <p class="empty-lanes">
              {app.saved !== undefined || app.past !== undefined
                ? 'No container ran in this period.'
                : 'No container has started yet. Start one, and its lane appears here.'}
            </p>
          )}
        </div>
        <section class="lists">
          <div class="tabs" role="tablist" aria-label="Lists">
            {TABS.map(([tab, text]) => (
              <button
                key={tab}
                role="tab"
                id={`tab-${tab}`}
                aria-selected={app.tab === tab}
                aria-controls="list"
                tabIndex={app.tab === tab ? 0 : -1}
                onClick={() => app.setTab(tab)}
                onKeyDown={(event) => turn(app, event)}
              >
                {text}
                {tab === 'events' && (
                  <span class="count">{app.model.filtered.events.length.toLocaleString('en')}</span>
                )}
              </button>
            ))}
            {app.brush !== undefined && (
              <button class="small clear" onClick={() => app.setBrush(undefined)}>
                the selected period only · clear
              </button>
            )}
          </div>
          <div class="list" id="list" role="tabpanel" aria-labelledby={`tab-${app.tab}`}>
            {app.tab === 'events' && <EventList app={app} />}
            {app.tab === 'containers' && <Containers app={app} />}
            {app.tab === 'report' && <Report app={app} />}
          </div>
        </section>
        <Details app={app} />
      </main>
      <Help app={app} />
      <p class="hidden" role="log" aria-live="polite">
        {app.said}
      </p>
    </>
  );
}

function turn(app: App, event: KeyboardEvent): void {
  const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (by === 0) return;
  event.preventDefault();
  event.stopPropagation();
  const at = TABS.findIndex(([tab]) => tab === app.tab);
  const [next] = TABS[(at + by + TABS.length) % TABS.length] as readonly [Tab, string];
  app.setTab(next);
  document.getElementById(`tab-${next}`)?.focus();
}

/** Asks for a daemon's token, or for the address of `tidings page`. */
function NoSession({ app }: { readonly app: App }): VNode {
  const [token, setText] = useState('');
  const { message = '' } = app.refusal ?? {};
  const wantsToken = /Bearer/.test(message);
  return (
    <main class="no-session">
      <h1>tidings</h1>
      {wantsToken ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setToken(token);
            location.reload();
          }}
        >
          <label for="token">This daemon asks for its token.</label>
          <input
            id="token"
            type="password"
            autocomplete="off"
            value={token}
            onInput={(event) => setText((event.target as HTMLInputElement).value)}
          />
          <button type="submit">show the page</button>
        </form>
      ) : (
        <p>{message}</p>
      )}
    </main>
  );
}
