/** Makes tasks from the events that match a rule. */
import { map, type Observable, type OperatorFunction } from 'rxjs';
import type { EngineEvent } from '../../event.ts';
import type { Outcome } from '../../delivery/outcome.ts';
import { alertTasks } from '../alerts/alert-tasks.ts';
import { deliver, doneAfter, onEngine, remove, run } from './perform.ts';
import { policyTasks } from './policy-tasks.ts';
import type { Rule, RuleAction } from './rule.ts';
import { select } from './select.ts';
import type { Task, Tools } from './task.ts';

/**
 * Events of a container this soon after a rule restarted or removed it may be consequences: in ns.
 */
const SETTLES = 10_000_000_000n;

/** Emits the tasks of a rule as they become due. */
export function tasksOf(rule: Rule, tools: Tools): OperatorFunction<EngineEvent, Task> {
  const { action } = rule;
  if (action.kind === 'alert') return alertTasks(rule, action.settings, tools);
  if (action.kind === 'restart-policy') {
    return (events) => events.pipe(select(rule.when), policyTasks(rule, action, tools));
  }
  return (events) =>
    events.pipe(
      select(rule.when),
      map((event): Task => ({ rule, event, ...doing(rule, action, event, tools) })),
    );
}

type Doing = Pick<Task, 'kind' | 'plan' | 'attempt' | 'settles'>;

function doing(
  rule: Rule,
  action: Exclude<RuleAction, { kind: 'restart-policy' | 'alert' }>,
  event: EngineEvent,
  tools: Tools,
): Doing {
  const { id } = event;
  const onIt = (act: Parameters<typeof onEngine>[3]): Observable<Outcome> =>
    onEngine(rule, event, tools, act);
  switch (action.kind) {
    case 'run': {
      const { kind, command } = action;
      return {
        kind,
        plan: `run ${command.join(' ')}`,
        attempt: run(command, rule, event, tools),
        settles: 0n,
      };
    }
    case 'webhook':
      return {
        kind: action.kind,
        plan: `post to ${action.url}`,
        attempt: deliver(action, rule, event, tools),
      };
    case 'restart': {
      const { kind, grace } = action;
      const attempt = onIt((engine) => doneAfter(engine.restart(id, grace), 'it was restarted'));
      return { kind, plan: 'restart it', attempt, settles: SETTLES };
    }
    case 'remove':
  }
  const { kind, force } = action;
  const attempt = onIt((engine) => remove(engine, event, force, tools));
  return { kind, plan: 'remove it', attempt, settles: SETTLES };
}
