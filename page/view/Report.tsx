/** The report of the shown period, as `tidings report` prints it. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { createReporter } from '../../operators/reporter.ts';
import type { Report as Found } from '../../operators/report.ts';
import { spanText as nanoSpan } from '../../operators/span-text.ts';
import { fateOf } from '../data/fate.ts';
import { nanoOf, type PageEvent } from '../data/event.ts';
import { momentText } from '../time/time-text.ts';
import type { App } from './app.ts';
import { barColour } from './colours.ts';
import { FateSign } from './FateSign.tsx';

/** A report is made when the shown period has not changed for this time, in ms. */
const SETTLED = 300;

export function Report({ app }: { readonly app: App }): VNode {
  const { from, to } = app.brush ?? periodOf(app);
  const [found, setFound] = useState<Found | undefined>(undefined);
  const { replayed, events } = app.model;
  useEffect(() => {
    const timer = setTimeout(() => setFound(make(events.items, from, to)), SETTLED);
    return () => clearTimeout(timer);
  }, [Math.round(from / 1000), Math.round(to / 1000), replayed, events]);
  if (found === undefined) return <div class="report" />;
  const deaths = found.deaths.reduce((sum, { count }) => sum + count, 0);
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const name = (text: string): VNode => (
    <>
      <span class="dot" style={{ background: barColour(text, dark) }} /> <bdi>{text}</bdi>
    </>
  );
  const go = (since: string, until: string | undefined): void =>
    app.showPeriod(Number(since) / 1e6, until === undefined ? app.now : Number(until) / 1e6);
  return (
    // A scroller takes the focus, so that keys can scroll it.
    <div class="report" tabIndex={0} role="region" aria-label="Report">
      <p class="lead">
        {momentText(from)} to {momentText(to)}: {found.events.toLocaleString('en')} events,{' '}
        {found.quiet ? `quiet, ${deaths} ordinary deaths, no trouble` : `${deaths} deaths`}.
      </p>
      <div class="cards">
        <Card
          title="Deaths"
          rows={found.deaths}
          of={({ cause, alarming, count, names }) => (
            <span class={alarming ? `tone-${fateOf({ cause })}` : ''}>
              <b>{count}</b> <FateSign tone={fateOf({ cause })} /> {cause.replaceAll('-', ' ')}{' '}
              <bdi class="soft">
                {names
                  .slice(0, 5)
                  .map((each) => (each.count === 1 ? each.name : `${each.name} × ${each.count}`))
                  .join(', ')}
              </bdi>
            </span>
          )}
        />
        <Card
          title="Crash loops"
          rows={found.loops}
          of={(loop) => (
            <button class="link" onClick={() => go(loop.first, loop.last)}>
              {name(loop.name)} <b>{loop.deaths}</b> deaths, <bdi>{loop.end}</bdi>
            </button>
          )}
        />
        <Card
          title="Down after a death"
          rows={found.outages}
          of={({ name: its, since, until, span, summary }) => (
            <button class="link" onClick={() => go(since, until)}>
              {name(its)} <b>{nanoSpan(BigInt(span))}</b>
              {until === undefined ? ', still' : ''} <bdi class="soft">{summary}</bdi>
            </button>
          )}
        />
        <Card
          title="Unhealthy"
          rows={found.unhealthy}
          of={({ name: its, since, until, span }) => (
            <button class="link" onClick={() => go(since, until)}>
              {name(its)} <b>{nanoSpan(BigInt(span))}</b>
              {until === undefined ? ', still' : ''}
            </button>
          )}
        />
        <Card
          title="Images changed"
          rows={found.images}
          of={({ name: its, from: before, to: after }) => (
            <span>
              {name(its)} <bdi class="soft">{before}</bdi> → <bdi>{after}</bdi>
            </span>
          )}
        />
        <Card
          title="Events missing"
          rows={found.gaps}
          of={({ time, engine, detail, reason }) => (
            <button class="link" onClick={() => go(time, time)}>
              <bdi>{engine}</bdi>: <bdi>{detail ?? reason}</bdi>
            </button>
          )}
        />
        <Card
          title="Deaths over time"
          rows={found.containers}
          of={({ name: its, parts, deaths: count }) => (
            <span class="spark-row">
              {name(its)} <Spark parts={parts} /> <b>{count}</b>
            </span>
          )}
        />
      </div>
    </div>
  );
}

/** Most rows of a card. */
const MOST = 12;

function Card<T>({
  title,
  rows,
  of,
}: {
  readonly title: string;
  readonly rows: readonly T[];
  readonly of: (row: T) => ComponentChildren;
}): VNode | null {
  if (rows.length === 0) return null;
  return (
    <section class="card">
      <h2>
        {title} <span class="count">{rows.length}</span>
      </h2>
      <ul>
        {rows.slice(0, MOST).map((row, index) => (
          <li key={index}>{of(row)}</li>
        ))}
        {rows.length > MOST && <li class="soft">and {rows.length - MOST} more</li>}
      </ul>
    </section>
  );
}

function Spark({ parts }: { readonly parts: readonly number[] }): VNode {
  const most = Math.max(1, ...parts);
  return (
    <svg class="spark" viewBox={`0 0 ${parts.length * 5} 16`} aria-hidden="true">
      {parts.map((count, index) => (
        <rect
          key={index}
          x={index * 5}
          width="4"
          y={16 - (count / most) * 15 - 1}
          height={(count / most) * 15 + 1}
        />
      ))}
    </svg>
  );
}

function periodOf({ view, saved, now }: App): { readonly from: number; readonly to: number } {
  return {
    from: view.from,
    to: saved === undefined ? Math.min(view.to, now) : Math.min(view.to, Number(saved.until) / 1e6),
  };
}

function make(events: readonly PageEvent[], from: number, to: number): Found {
  const reporter = createReporter<PageEvent>({ since: nanoOf(from), until: nanoOf(Math.max(from, to)) });
  for (const event of events) reporter.add(event);
  return reporter.report();
}
