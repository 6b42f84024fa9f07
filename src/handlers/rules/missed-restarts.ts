/** Finds containers that a rule would restart if their engine did not restart them itself. */
import { from, map } from 'rxjs';
import type { Inspected } from '../../engines/control.ts';
import type { EngineEvent, EventSource } from '../../event.ts';
import type { Rule } from './rule.ts';
import { select } from './select.ts';

export interface MissedRestart {
  readonly rule: string;
  /** The container's name, or its id without a name. */
  readonly name: string;
  /** The restart policy in its engine. */
  readonly policy: string;
}

/** The conflicts to log at the start. */
export function missedRestarts(
  rules: readonly Rule[],
  source: EventSource,
  containers: readonly Inspected[],
): readonly MissedRestart[] {
  const found: MissedRestart[] = [];
  const theirs = containers.filter(({ restartPolicy }) => restartPolicy !== undefined);
  for (const { name: rule, action, when } of rules) {
    if (action.kind !== 'restart-policy') continue;
    const events = theirs.map((inspected) => endOf(inspected, source));
    const policies = new Map(theirs.map(({ state, restartPolicy }) => [state.id, restartPolicy]));
    from(events)
      .pipe(
        select(when),
        map(({ id, name = id }) => ({ rule, name, policy: policies.get(id) ?? '' })),
      )
      .subscribe((each) => found.push(each));
  }
  return found;
}

/** The event of the container's end, with the fields that rules test. */
function endOf({ state }: Inspected, source: EventSource): EngineEvent {
  const { id, name, image, labels } = state;
  const attributes = { ...labels, ...(image === undefined ? {} : { image }) };
  return { seq: 0, timeNano: 0n, type: 'container', action: 'die', id, name, attributes, source };
}
