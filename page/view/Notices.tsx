/** Sentences about the connection, the clocks, the zones and the history. */
import type { VNode } from 'preact';
import { offsetOf, spanText } from '../time/time-text.ts';
import type { App } from './app.ts';

export function Notices({ app }: { readonly app: App }): VNode | null {
  const texts = noticesOf(app);
  const { model } = app;
  const older =
    model.hasOlder && app.saved === undefined && model.first !== undefined && app.view.from < model.first;
  if (texts.length === 0 && !older) return null;
  return (
    <div class="notices" role="status">
      {texts.map((text) => (
        <p key={text}>{text}</p>
      ))}
      {older && app.onPast !== undefined && (
        <p>
          The page has the newest {model.events.length.toLocaleString('en')} events; older ones are left of
          them.{' '}
          <button class="small" onClick={() => app.onPast?.(app.view)}>
            load the shown period
          </button>
        </p>
      )}
    </div>
  );
}

function noticesOf(app: App): readonly string[] {
  const { host, clocks, model, refusal, saved, now } = app;
  const texts: string[] = [];
  if (refusal !== undefined && refusal.status !== 401) texts.push(refusal.message);
  if (host !== undefined) {
    const own = -new Date(now).getTimezoneOffset();
    const theirs = offsetOf(host.zone, now);
    if (theirs !== undefined && theirs !== own) {
      texts.push(
        `Times are in this browser's zone (${zoneText(own)}); the host's zone is ${host.zone} (${zoneText(theirs)}).`,
      );
    }
    if (saved === undefined && !host.journal) {
      texts.push('The daemon has no journal: the page shows the events since its start.');
    }
  }
  for (const { engine, seconds } of clocks) {
    const direction = seconds > 0 ? 'ahead of' : 'behind';
    texts.push(
      `The clock of ${engine} is ${spanText(Math.abs(seconds) * 1000)} ${direction} the host's: its events are shown at the times that it states.`,
    );
  }
  if (model.last !== undefined && model.last > now + 5000 && clocks.length === 0 && saved === undefined) {
    texts.push(`Some events state times up to ${spanText(model.last - now)} after now: a clock is ahead.`);
  }
  return texts;
}

function zoneText(minutes: number): string {
  const sign = minutes < 0 ? '−' : '+';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes === 0 ? '' : `${sign}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`}`;
}
