/** The details of the selection: a run with its cause, an event, or a moment. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Explanation } from '../../operators/explanation.ts';
import { spanText as nanoSpan } from '../../operators/span-text.ts';
import { nameOf, nanoOf, type PageEvent } from '../data/event.ts';
import type { ContainersAnswer } from '../data/frames.ts';
import type { Bar } from '../data/lanes.ts';
import { eventsOfRun, explainRun } from '../data/why.ts';
import { wordsOf } from '../data/words.ts';
import { askJson } from '../net/http.ts';
import { clockText, momentText, spanText } from '../time/time-text.ts';
import type { App } from './app.ts';
import { useCalm } from './calm.ts';
import { barColour } from './colours.ts';
import { FateSign } from './FateSign.tsx';

export function Details({ app }: { readonly app: App }): VNode | null {
  const { selection } = app;
  const box = useRef<HTMLElement>(null);
  if (selection === undefined) return null;
  return (
    <aside class="details" aria-label="Details" ref={box}>
      <button class="close" onClick={() => app.select(undefined)} aria-label="Close the details">
        ×
      </button>
      {selection.kind === 'run' && <RunDetails app={app} bar={selection.bar} />}
      {selection.kind === 'event' && <EventDetails app={app} event={selection.event} />}
      {selection.kind === 'time' && <MomentDetails app={app} at={selection.at} />}
    </aside>
  );
}

/** Most events of a run that are listed, the newest. */
const MOST_EVENTS = 200;
/** Room around a run in which its events are, in ms: `create` comes before, `destroy` after. */
const AROUND = 5000;

function RunDetails({ app, bar }: { readonly app: App; readonly bar: Bar }): VNode {
  const { lane, start, end, death } = bar;
  const { items } = app.model.events;
  const from = (start ?? -Infinity) - AROUND;
  const to = (end ?? Infinity) + AROUND;
  const { version } = app.model;
  const { events, found } = useCalm(app, { now: [bar, death], later: [end === undefined, version] }, () => ({
    events: eventsOfRun(items, { id: bar.id, engine: lane.engine, from, to }),
    found: explainRun(items, lane.name, lane.engine, death?.event.timeNano),
  }));
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  return (
    <>
      <h2>
        <span class="dot big" style={{ background: barColour(lane.name, dark) }} />
        <bdi>{lane.name}</bdi>
      </h2>
      <p class="lead">
        {death === undefined ? (
          end === undefined ? (
            <>
              running
              {start === undefined ? ', started before these events' : ` for ${spanText(app.now - start)}`}
            </>
          ) : (
            <>ended; its death was not seen</>
          )
        ) : (
          <span class={`tone-${death.alarming ? death.fate : 'asked'}`}>
            <FateSign tone={death.fate} /> <bdi>{death.summary}</bdi>
          </span>
        )}
      </p>
      <dl>
        <Fact name="started">{start === undefined ? 'before these events' : momentText(start)}</Fact>
        {end !== undefined && <Fact name="ended">{momentText(end)}</Fact>}
        {start !== undefined && end !== undefined && <Fact name="ran for">{spanText(end - start)}</Fact>}
        <Fact name="image">{bar.image}</Fact>
        <Fact name="engine">{lane.engine}</Fact>
        <Fact name="id">
          <code>{bar.id.slice(0, 12)}</code>
        </Fact>
      </dl>
      <button class="small" onClick={() => app.showPeriod(start ?? app.view.from, end ?? app.now)}>
        zoom to this run
      </button>
      {found !== undefined && <Why found={found} />}
      <h3>
        Events <span class="count">{events.length}</span>
      </h3>
      <EventLines app={app} events={events.slice(-MOST_EVENTS)} />
      <Attributes event={events.findLast(({ action }) => action === 'start') ?? events.at(-1)} />
    </>
  );
}

/** `tidings why`, without logs. */
function Why({ found }: { readonly found: Explanation }): VNode | null {
  const { death, loop, earlier, around, gaps, unknown, next, imageBefore } = found;
  const rows: (readonly [string, ComponentChildren])[] = [];
  if (death !== undefined) {
    const { exitCode, meaning, signal, requested, request, cause } = death;
    rows.push(['why', <bdi>{death.because}</bdi>]);
    if (exitCode !== undefined && cause !== 'finished') {
      const means = meaning ?? signal;
      rows.push(['exit', `${exitCode}${means === undefined ? '' : `: ${means}`}`]);
    }
    if (!requested && cause !== 'finished') rows.push(['asked', 'no request in the events']);
    if (request !== undefined) rows.push(['asked', `yes: ${request.signal ?? request.action}`]);
    if (death.outOfMemory) rows.push(['memory', 'the kernel killed a process that ran out of memory']);
    if (death.failedChecks > 0) rows.push(['health', `${death.failedChecks} failed checks in a row before`]);
  }
  if (loop !== undefined) rows.push(['restarts', `crash loop: ${loop.deaths} deaths`]);
  if (earlier !== undefined) {
    const { count, median } = earlier;
    rows.push([
      'earlier',
      count === 1 ? `one run of ${span(median)}` : `${count} runs, half of them up to ${span(median)}`,
    ]);
  }
  if (imageBefore !== undefined)
    rows.push([
      'image',
      <>
        the last good run had <bdi>{imageBefore}</bdi>
      </>,
    ]);
  for (const each of around) {
    const apart = BigInt(each.offset);
    const when = `${nanoSpan(apart < 0n ? -apart : apart)} ${apart < 0n ? 'before' : 'after'}`;
    rows.push([
      'around',
      <>
        {when}: <bdi>{each.name ?? each.id.slice(0, 12)}</bdi> <bdi>{each.action}</bdi>{' '}
        <bdi>{each.summary ?? ''}</bdi>
      </>,
    ]);
  }
  for (const gap of gaps) rows.push(['missing', <bdi>{gap.detail ?? gap.reason}</bdi>]);
  for (const each of unknown) rows.push(['unknown', <bdi>{each}</bdi>]);
  for (const each of next)
    rows.push([
      'next',
      <code>
        <bdi>{each}</bdi>
      </code>,
    ]);
  if (rows.length === 0) return null;
  return (
    <>
      <h3>Why</h3>
      <dl class="why">
        {rows.map(([name, text], index) => (
          <Fact key={index} name={name === rows[index - 1]?.[0] ? '' : name}>
            {text}
          </Fact>
        ))}
      </dl>
    </>
  );
}

function span(nanos: string): string {
  const value = BigInt(nanos);
  return nanoSpan(value < 0n ? 0n : value);
}

function EventDetails({ app, event }: { readonly app: App; readonly event: PageEvent }): VNode {
  const death = app.model.summaries.get(event.seq);
  const { verb, detail, tone } = wordsOf(event, death);
  const run = runOf(app, event);
  return (
    <>
      <h2>
        <bdi>{nameOf(event)}</bdi>
      </h2>
      <p class={`lead tone-${tone}`}>
        {verb} <FateSign tone={tone} /> <bdi>{detail}</bdi>
      </p>
      <dl>
        <Fact name="time">
          {momentText(event.at)}
          <span class="fraction">.{String(event.timeNano % 1_000_000_000n).padStart(9, '0')}</span>
        </Fact>
        <Fact name="type">{event.type}</Fact>
        <Fact name="action">{event.action}</Fact>
        <Fact name="engine">{event.source.engine}</Fact>
        <Fact name="endpoint">{event.source.endpoint}</Fact>
        <Fact name="id">
          <code>{event.id}</code>
        </Fact>
      </dl>
      {run !== undefined && (
        <button class="small" onClick={() => app.select({ kind: 'run', bar: run })}>
          show its run
        </button>
      )}
      <Attributes event={event} />
    </>
  );
}

function runOf({ model }: App, { id, at, source, name }: PageEvent): Bar | undefined {
  for (const lane of model.timeline.lanes.all) {
    if (lane.engine !== source.engine || (name !== undefined && lane.name !== name)) continue;
    const bar = lane.bars.find(
      (each) => each.id === id && (each.start ?? -Infinity) <= at && (each.end ?? Infinity) >= at,
    );
    if (bar !== undefined) return bar;
  }
  return undefined;
}

interface Ran {
  readonly name: string;
  readonly engine: string;
  readonly state: string;
  readonly uncertain: boolean;
}

/** The containers that ran at a time: from the daemon's journal, or from the events here. */
function MomentDetails({ app, at }: { readonly app: App; readonly at: number }): VNode {
  const [answer, setAnswer] = useState<{ at: number; found: ContainersAnswer } | undefined>(undefined);
  const canAsk = app.saved === undefined && app.host?.journal === true && at <= app.now;
  useEffect(() => {
    if (!canAsk) return undefined;
    const time = nanoOf(at);
    const seconds = `${time / 1_000_000_000n}.${String(time % 1_000_000_000n).padStart(9, '0')}`;
    const asking = askJson<ContainersAnswer>(`/v1/containers?at=${seconds}`).subscribe({
      next: (found) => setAnswer({ at, found }),
      error: () => undefined,
    });
    return () => asking.unsubscribe();
  }, [at, canAsk]);
  const exact = answer?.at === at ? answer.found : undefined;
  const ran = exact === undefined ? ranHere(app, at) : ranThere(exact);
  const gaps = app.model.gaps.at(at);
  return (
    <>
      <h2>{momentText(at)}</h2>
      <p class="lead">
        {ran.length} {ran.length === 1 ? 'container' : 'containers'} ran
        {exact === undefined ? ', as far as these events show' : ''}
      </p>
      {gaps.map(({ detail }) => (
        <p class="tone-warning" key={detail}>
          <bdi>{detail}</bdi>
        </p>
      ))}
      <ul class="ran">
        {ran.slice(0, 500).map(({ name, engine, state, uncertain }) => (
          <li key={`${engine} ${name}`}>
            <bdi>{name}</bdi> <span class="soft">{state === 'running' ? '' : state}</span>
            {uncertain && <span class="tone-warning"> uncertain</span>}
          </li>
        ))}
      </ul>
      {ran.length > 500 && <p>… and {ran.length - 500} more</p>}
    </>
  );
}

function ranHere({ model }: App, at: number): readonly Ran[] {
  const isGap = model.gaps.at(at).length > 0;
  const ran: Ran[] = [];
  for (const lane of model.timeline.lanes.all) {
    const bar = lane.bars.findLast(({ start, end }) => (start ?? -Infinity) <= at && (end ?? Infinity) > at);
    if (bar === undefined) continue;
    const paused = bar.pauses.some(({ from, to }) => from <= at && (to ?? Infinity) > at);
    const uncertain =
      isGap ||
      (bar.start === undefined && at < (model.first ?? at)) ||
      (bar.end !== undefined && !bar.endSeen);
    ran.push({ name: lane.name, engine: lane.engine, state: paused ? 'paused' : 'running', uncertain });
  }
  return ran;
}

function ranThere({ containers }: ContainersAnswer): readonly Ran[] {
  return containers
    .filter(({ state }) => state === 'running' || state === 'paused')
    .map(({ name, id, engine = '', state, uncertain = false }) => ({
      ...{ name: name ?? id.slice(0, 12), engine, state, uncertain },
    }));
}

function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
}): VNode | null {
  if (children === undefined || children === '') return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function EventLines({ app, events }: { readonly app: App; readonly events: readonly PageEvent[] }): VNode {
  return (
    <ol class="lines">
      {events.map((event) => {
        const { verb, detail, tone } = wordsOf(event, app.model.summaries.get(event.seq));
        return (
          <li key={event.seq} class={`tone-${tone}`}>
            <button class="line" onClick={() => app.select({ kind: 'event', event })}>
              <span class="when">{clockText(event.at)}</span> <span class="verb">{verb}</span>{' '}
              <FateSign tone={tone} /> <bdi>{detail}</bdi>
            </button>
          </li>
        );
      })}
    </ol>
  );
}

function Attributes({ event }: { readonly event: PageEvent | undefined }): VNode | null {
  const entries = Object.entries(event?.attributes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return null;
  return (
    <details open={entries.length <= 12}>
      <summary>
        Attributes <span class="count">{entries.length}</span>
      </summary>
      <dl class="attributes">
        {entries.map(([key, value]) => (
          <Fact key={key} name={key}>
            <bdi>{value.slice(0, 2000)}</bdi>
          </Fact>
        ))}
      </dl>
    </details>
  );
}
