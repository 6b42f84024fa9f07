/** The containers now, those with trouble first. */
import type { VNode } from 'preact';
import type { ContainerState } from '../../operators/container-state.ts';
import type { Death } from '../../operators/explain.ts';
import type { PageEvent } from '../data/event.ts';
import { millisecondsOf } from '../data/event.ts';
import { fateOf } from '../data/fate.ts';
import { troubleOf } from '../data/trouble.ts';
import { spanText } from '../time/time-text.ts';
import type { App } from './app.ts';
import { useCalm } from './calm.ts';
import { barColour } from './colours.ts';
import { FateSign } from './FateSign.tsx';
import { VirtualList } from './VirtualList.tsx';

const ROW = 30;

interface Item {
  readonly state: ContainerState;
  readonly name: string;
  readonly death: Death<PageEvent> | undefined;
}

export function Containers({ app }: { readonly app: App }): VNode {
  const { model } = app;
  // Rows must not jump while one reads.
  const all = useCalm(app, { now: [model], later: [model.table.version] }, () => itemsOf(app));
  const filter = app.model.filtered.expression;
  const items = useCalm(app, { now: [filter, all], later: [model.version] }, () => {
    if (filter === '') return all;
    const names = new Set(model.filtered.events.items.map(({ name }) => name));
    return all.filter(({ name }) => names.has(name));
  });
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const now = app.now;

  const draw = (index: number, top: number, slot: number): VNode => {
    const { state, name, death } = items[index] as Item;
    const since = sinceOf(state);
    const isTrouble = troubleOf(state, death, now) >= 2;
    return (
      <div
        key={slot}
        class={`container${isTrouble ? ' trouble' : ''}`}
        role="row"
        aria-rowindex={index + 2}
        style={{ transform: `translateY(${top}px)`, height: `${ROW}px` }}
        onClick={() => open(app, state, death)}
      >
        <span role="cell" class="c-name">
          <span class="dot" style={{ background: barColour(name, dark) }} />
          <button
            class="link cut"
            onClick={(event) => {
              event.stopPropagation();
              open(app, state, death);
            }}
          >
            <bdi>{name}</bdi>
          </button>
        </span>
        <span role="cell" class={`c-state state-${state.health === 'unhealthy' ? 'unhealthy' : state.state}`}>
          {state.health === undefined || state.state !== 'running' ? state.state : state.health}
        </span>
        <span role="cell" class="c-since">
          {since === undefined ? '' : spanText(Math.max(0, now - since))}
        </span>
        <span role="cell" class="c-restarts">
          {state.restarts === 0 ? '' : `↻ ${state.restarts}`}
        </span>
        <span role="cell" class="c-death cut">
          {death !== undefined && (
            <>
              <FateSign tone={fateOf(death)} /> <bdi>{death.summary}</bdi>{' '}
              <span class="ago">{spanText(Math.max(0, now - death.event.at))} ago</span>
            </>
          )}
        </span>
        <bdi role="cell" class="c-image cut">
          {state.image ?? ''}
        </bdi>
      </div>
    );
  };

  return (
    <div class="containers" role="table" aria-label="Containers" aria-rowcount={items.length + 1}>
      <div class="container heading" role="row" aria-rowindex={1}>
        {['name', 'state', 'since', 'restarts', 'last death', 'image'].map((title, index) => (
          <span key={title} role="columnheader" class={COLUMNS[index]}>
            {title}
          </span>
        ))}
      </div>
      <VirtualList
        class="containers-list"
        label="Containers"
        role="rowgroup"
        count={items.length}
        row={ROW}
        draw={draw}
        sticky={false}
        removed={0}
      >
        {items.length === 0 && (
          <p class="empty">{filter === '' ? 'No container exists.' : 'No container matches the filter.'}</p>
        )}
      </VirtualList>
    </div>
  );
}

const COLUMNS = ['c-name', 'c-state', 'c-since', 'c-restarts', 'c-death', 'c-image'];

function itemsOf({ model, now }: App): readonly Item[] {
  const items: Item[] = [];
  for (const state of model.table) {
    if (state.state === 'removed') continue;
    const name = state.name ?? state.id.slice(0, 12);
    items.push({ state, name, death: model.deaths.get(`${state.engine} ${state.id}`) });
  }
  const rank = new Map(items.map((item) => [item, troubleOf(item.state, item.death, now)]));
  return items.sort((a, b) => (rank.get(b) ?? 0) - (rank.get(a) ?? 0) || compare(a.name, b.name));
}

const { compare } = new Intl.Collator('en', { numeric: true });

function sinceOf({ state, startedAt, finishedAt, createdAt }: ContainerState): number | undefined {
  const running = state === 'running' || state === 'paused';
  const text = running ? startedAt : state === 'created' ? createdAt : (finishedAt ?? startedAt ?? createdAt);
  return text === undefined ? undefined : millisecondsOf(text);
}

function open(app: App, { id, engine, name }: ContainerState, death: Death<PageEvent> | undefined): void {
  for (const lane of app.model.timeline.lanes.all) {
    if (lane.name !== (name ?? id.slice(0, 12)) || lane.engine !== engine) continue;
    const bar = lane.bars.findLast((each) => each.id === id);
    if (bar !== undefined) return app.select({ kind: 'run', bar });
  }
  if (death !== undefined) app.select({ kind: 'event', event: death.event });
}
