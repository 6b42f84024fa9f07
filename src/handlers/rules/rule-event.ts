/** Results of rules as events of type `tidings`, recorded and replayed like all others. */
import type { EngineEvent, EventSource, IncomingEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { Done } from './carry-out.ts';

const SOURCE: EventSource = { engine: 'tidings' };

/**
 * Makes the event of a rule's action (`rule`), with the id and the name from the triggering event.
 */
export function ruleEvent(done: Done, cursor: string, now: Instant): IncomingEvent {
  const { task, result, detail, exitCode, attempts, took } = done;
  const { rule, event, kind } = task;
  return {
    ...baseOf(event, now),
    action: 'rule',
    attributes: {
      rule: rule.name,
      does: kind,
      result,
      detail,
      on: event.action,
      cause: cursor,
      attempts: String(attempts),
      seconds: (Number(took) / 1e9).toFixed(3),
      ...(exitCode === undefined ? {} : { exitCode: String(exitCode) }),
      ...(event.attributes['image'] === undefined ? {} : { image: event.attributes['image'] }),
    },
  };
}

/** Makes the event of dropped tasks (`gap`). */
export function lostEvent(
  event: EngineEvent,
  rules: readonly string[],
  count: number,
  now: Instant,
): IncomingEvent {
  return {
    ...baseOf(event, now),
    action: 'gap',
    attributes: {
      reason: 'overflow',
      detail: `too many tasks of rules waited for it: ${count} were dropped`,
      count: String(count),
      rule: rules.join(','),
    },
  };
}

function baseOf({ id, name }: EngineEvent, timeNano: Instant): Omit<IncomingEvent, 'action' | 'attributes'> {
  return { timeNano, type: 'tidings', id, ...(name === undefined ? {} : { name }), source: SOURCE };
}
