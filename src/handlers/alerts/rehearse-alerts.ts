/** Replays recorded events through the alerts of rules, in the time of the events. */
import { from, toArray } from 'rxjs';
import type { EngineEvent } from '../../event.ts';
import type { Rule } from '../rules/rule.ts';
import { select } from '../rules/select.ts';
import type { AlertMessage } from './alert.ts';
import { AlertTracker } from './alert-tracker.ts';

/** Time after the last event in which alerts can still become due: in ms. */
const AFTERWARDS = 86_400_000;

/** A message that would have been sent. */
export interface Rehearsed {
  readonly rule: string;
  /** ms since the Unix epoch. */
  readonly at: number;
  readonly message: AlertMessage;
}

/** The messages that the alerts of these rules would have sent, by time. */
export function rehearse(rules: readonly Rule[], events: readonly EngineEvent[]): readonly Rehearsed[] {
  const all = rules.flatMap((rule): Rehearsed[] => {
    if (rule.action.kind !== 'alert') return [];
    const tracker = new AlertTracker(rule.action.settings);
    const sent: Rehearsed[] = [];
    let now = 0;
    const advance = (to: number): void => {
      now = Math.max(now, to);
      for (const message of tracker.advance(now)) sent.push({ rule: rule.name, at: now, message });
    };
    const step = (to: number): void => {
      for (let { next } = tracker; next !== undefined && next <= to; { next } = tracker) advance(next);
      advance(to);
    };
    let selected: readonly EngineEvent[] = [];
    from(events)
      .pipe(select(rule.when), toArray())
      .subscribe((found) => (selected = found));
    for (const event of selected) {
      const at = Math.max(now, Number(event.timeNano / 1_000_000n));
      step(at);
      tracker.take(event, at);
    }
    step(now + AFTERWARDS);
    return sent;
  });
  return all.toSorted((a, b) => a.at - b.at);
}
