/** Weight of an event, for formats that state one. */
import { exitCodeOf } from '../../operators/exit-code.ts';
import { isUnhealthy } from '../../operators/life.ts';
import { isEnd } from '../../operators/words.ts';
import { type EngineEvent, isGap } from '../event.ts';

export type Severity = 'info' | 'warning';

/** `warning`: an end with a failure, out of memory, a failed health check, a gap. */
export function severityOf(event: EngineEvent): Severity {
  if (isGap(event) || event.action === 'oom' || isUnhealthy(event)) return 'warning';
  return isEnd(event) && (exitCodeOf(event.attributes) ?? 0) !== 0 ? 'warning' : 'info';
}

/** An event in a few words: `container die web`. */
export function summaryOf({ type, action, name, id }: EngineEvent): string {
  const subject = name ?? id;
  return subject === '' ? `${type} ${action}` : `${type} ${action} ${subject}`;
}

/** An action without its details: `exec_start` of `exec_start: /bin/sh`. */
export function verbOf({ action }: EngineEvent): string {
  const end = action.indexOf(':');
  return end < 0 ? action : action.slice(0, end);
}
