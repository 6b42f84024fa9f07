/** The events, as the tail on a terminal shows them. */
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { nameOf, type PageEvent } from '../data/event.ts';
import { wordsOf } from '../data/words.ts';
import { clockText, dayOf } from '../time/time-text.ts';
import type { App } from './app.ts';
import { FateSign } from './FateSign.tsx';
import { barColour } from './colours.ts';
import { VirtualList } from './VirtualList.tsx';

const ROW = 25;

export function EventList({ app }: { readonly app: App }): VNode {
  const frozen = useRef<readonly PageEvent[] | undefined>(undefined);
  const { model } = app;
  const all = shownEvents(app);
  // While paused the list stays as it was.
  frozen.current = app.paused ? (frozen.current ?? [...all]) : undefined;
  const events = frozen.current ?? all;
  const index = app.current === undefined ? undefined : indexOf(events, app.current);
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;

  const draw = (at: number, top: number, slot: number): VNode => {
    const event = events[at] as PageEvent;
    const { verb, detail, tone } = wordsOf(event, model.summaries.get(event.seq));
    const isCurrent = app.current === event.seq;
    const day = at === 0 || dayOf((events[at - 1] as PageEvent).at) !== dayOf(event.at);
    return (
      <div
        key={slot}
        id={`event-${event.seq}`}
        class={`event tone-${tone}${isCurrent ? ' current' : ''}`}
        style={{ transform: `translateY(${top}px)`, height: `${ROW}px` }}
        role="option"
        aria-selected={isCurrent}
        aria-setsize={events.length}
        aria-posinset={at + 1}
        onClick={() => openEvent(app, event)}
        onMouseMove={() => app.setHover(event.at)}
        onMouseLeave={() => app.setHover(undefined)}
      >
        <span class="when">{clockText(event.at)}</span>
        <span
          class="dot"
          style={{ background: event.type === 'container' ? barColour(nameOf(event), dark) : 'transparent' }}
        />
        <bdi class="who cut">{nameOf(event)}</bdi>
        <span class="what cut">
          <span class="verb">{verb}</span> <FateSign tone={tone} /> <bdi class="detail">{detail}</bdi>
        </span>
        {day && <span class="day">{dayOf(event.at)}</span>}
      </div>
    );
  };

  return (
    <VirtualList
      class="events"
      label={`Events${model.filtered.expression === '' ? '' : `, filtered by ${model.filtered.expression}`}`}
      role="listbox"
      count={events.length}
      row={ROW}
      draw={draw}
      sticky={!app.paused && app.brush === undefined && app.past === undefined}
      removed={app.brush === undefined ? model.filtered.events.dropped : 0}
      current={index}
      active={app.current === undefined ? undefined : `event-${app.current}`}
    >
      {events.length === 0 && <p class="empty">{emptyText(app)}</p>}
    </VirtualList>
  );
}

/** The events of the list: those of the filter, in the brush's period if there is one. */
export function shownEvents({ model, brush }: Pick<App, 'model' | 'brush'>): readonly PageEvent[] {
  const { items } = model.filtered.events;
  if (brush === undefined) return items;
  const { from, to } = brush;
  return items.filter(({ at }) => at >= from && at <= to);
}

/** Selects an event, and shows its time on the lanes if that is out of view. */
export function openEvent(app: App, event: PageEvent): void {
  app.current = event.seq;
  const { from, to } = app.view;
  if (event.at < from || event.at > to) {
    const half = (to - from) / 2;
    app.show({ from: event.at - half, to: event.at + half });
  }
  app.select({ kind: 'event', event });
}

/** The index of an event by its number; the numbers rise, with holes. */
function indexOf(events: readonly PageEvent[], seq: number): number | undefined {
  let low = 0;
  let high = events.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = (events[middle] as PageEvent).seq;
    if (found === seq) return middle;
    if (found < seq) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

function emptyText({ model, brush, saved, past }: App): string {
  if (brush !== undefined) return 'No event in the selected period. Press Escape to clear it.';
  if (model.filtered.expression !== '' && model.events.length > 0) {
    return `None of ${model.events.length.toLocaleString('en')} events matches the filter.`;
  }
  if (saved !== undefined || past !== undefined) return 'There are no events in this period.';
  if (model.link?.state !== 'open') return 'Waiting for the daemon.';
  return model.replayed ? 'No event yet: the next one appears here at once.' : 'Reading the history.';
}
