/** The shown period in one sentence, with its troubles as buttons. */
import type { VNode } from 'preact';
import { type Headline as Found, headlineOf, type Trouble } from '../data/headline.ts';
import { clockText, spanText } from '../time/time-text.ts';
import { widthOf } from '../time/viewport.ts';
import type { App } from './app.ts';
import { useCalm } from './calm.ts';
import { FateSign } from './FateSign.tsx';

/** Most troubles that are shown. */
const MOST = 12;

export function Headline({ app }: { readonly app: App }): VNode | null {
  const { model, view, brush } = app;
  const { from, to } = brush ?? view;
  const found = useCalm(app, { now: [model, brush], later: [from, to, model.version] }, () =>
    headlineOf(
      model.timeline.lanes.all,
      model.gaps.all,
      from,
      Math.min(to, Math.max(app.now, model.last ?? 0)),
    ),
  );
  if (model.total === 0) return <div class="headline" />;
  return (
    <section class="headline" aria-label="Summary of the shown period">
      <p>{sentence(app, found)}</p>
      <ul>
        {found.troubles.slice(0, MOST).map((trouble, index) => (
          <li key={index}>
            <button class={`chip chip-${trouble.kind}`} onClick={() => look(app, trouble)}>
              <FateSign tone={signOf(trouble)} />
              {trouble.kind === 'loop' && <span aria-hidden="true">↻</span>}
              <bdi class="chip-name">{trouble.lane?.name ?? 'gap'}</bdi>
              <bdi class="chip-text">{trouble.text}</bdi>
              <span class="ago">{clockText(trouble.to).slice(0, 5)}</span>
            </button>
          </li>
        ))}
        {found.troubles.length > MOST && <li class="soft">{found.troubles.length - MOST} more</li>}
      </ul>
    </section>
  );
}

function signOf({ kind, bar }: Trouble): string {
  return kind === 'death' || kind === 'oom' ? (bar?.death?.fate ?? '') : '';
}

function look(app: App, { lane, bar, from, to }: Trouble): void {
  app.showPeriod(from, to);
  if (bar !== undefined) return app.select({ kind: 'run', bar });
  const last = lane?.bars.findLast(({ end }) => end !== undefined && end <= to + 1);
  if (last !== undefined) app.select({ kind: 'run', bar: last });
}

/** `Last hour: 2 deaths without a request, 14 containers run.` */
function sentence(app: App, { alarming, deaths, running, troubles }: Found): string {
  const { brush, view, follows } = app;
  const span = spanText(widthOf(brush ?? view));
  const when = brush === undefined && follows ? `The last ${span}` : `These ${span}`;
  const total = Object.values(deaths).reduce((sum, count) => sum + count, 0);
  const calm = total - alarming;
  const loops = troubles.filter(({ kind }) => kind === 'loop').length;
  const parts: string[] = [];
  if (alarming > 0) parts.push(`${alarming} ${alarming === 1 ? 'death' : 'deaths'} without a request`);
  if (loops > 0) parts.push(`${loops} crash ${loops === 1 ? 'loop' : 'loops'}`);
  if (calm > 0) parts.push(`${calm} ${calm === 1 ? 'run' : 'runs'} ended as expected`);
  parts.push(
    `${running} ${running === 1 ? 'container runs' : 'containers run'}${follows ? '' : ' at the end'}`,
  );
  const quiet = alarming === 0 && troubles.length === 0 ? 'no trouble; ' : '';
  return `${when}: ${quiet}${parts.join(', ')}.`;
}
