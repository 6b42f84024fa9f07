/** Tasks of a rule with a restart policy. */
import {
  defer,
  EMPTY,
  from,
  map,
  merge,
  mergeMap,
  Observable,
  of,
  type OperatorFunction,
  Subject,
  switchMap,
  timer,
} from 'rxjs';
import { containerKey } from '../../../operators/container-key.ts';
import { dropOldest } from '../../../operators/drop-oldest.ts';
import { type EngineEvent, isOfFifo } from '../../event.ts';
import { type Restarts, restartsBy, type RunChange, type RestartDecision } from '../../restart-policy.ts';
import { type KeptRestarts, leftOf, NO_KEEPER } from './kept-restarts.ts';
import { doneAfter, ifDone, isDown, onEngine, remove, run } from './perform.ts';
import { type Rule, type RuleAction, ruleText } from './rule.ts';
import { runChangeOf } from './run-change.ts';
import type { Task, Tools } from './task.ts';

type PolicyAction = Extract<RuleAction, { kind: 'restart-policy' }>;

/** Most containers that one rule tracks at a time. */
const CONTAINERS = 10_000;

/**
 * Time between a user's stop and start of a container (`docker restart`) before it counts as down:
 * in ms.
 */
const BETWEEN_STOP_AND_START = 1000;

interface Change {
  readonly event: EngineEvent;
  readonly change: RunChange;
}

/**
 * Emits for each container a start after the policy's delay, or the tasks for a container that
 * stays down.
 *
 * Memory: the state of at most 10,000 containers. The container without events for the longest time
 * is dropped, once it has no delay pending.
 */
export function policyTasks(
  rule: Rule,
  action: PolicyAction,
  tools: Tools,
): OperatorFunction<EngineEvent, Task> {
  return (events) =>
    defer(() => {
      const containers = new Map<string, Subject<Change>>();
      const { keeper = NO_KEEPER } = tools;
      const text = ruleText(rule);
      const tasksOf = (key: string, input: Subject<Change>, kept?: KeptRestarts): Observable<Task> =>
        ofContainer(rule, action, tools, input, {
          kept,
          keep: (restarts) => keeper.keep(text, key, restarts),
        });
      const restored = [...keeper.of(text)].map(([key, kept]) => {
        const input = new Subject<Change>();
        containers.set(key, input);
        return tasksOf(key, input, kept);
      });
      const tasks = events.pipe(
        mergeMap((event): Observable<Task> => {
          const change = runChangeOf(event);
          if (change === undefined) return EMPTY;
          const key = containerKey(event);
          const known = containers.get(key);
          if (known === undefined && change.kind === 'remove') return EMPTY;
          const input = known ?? new Subject<Change>();
          containers.delete(key);
          if (change.kind !== 'remove') containers.set(key, input);
          if (containers.size > CONTAINERS) dropOldest(containers)?.complete();
          if (known === undefined) return beginning(tasksOf(key, input), input, { event, change });
          input.next({ event, change });
          if (change.kind === 'remove') input.complete();
          return EMPTY;
        }),
      );
      return merge(...restored, tasks);
    });
}

/** Subscribes, then emits the first change. */
function beginning(tasks: Observable<Task>, input: Subject<Change>, first: Change): Observable<Task> {
  return new Observable((subscriber) => {
    tasks.subscribe(subscriber);
    input.next(first);
  });
}

function ofContainer(
  rule: Rule,
  action: PolicyAction,
  tools: Tools,
  changes: Observable<Change>,
  { kept, keep }: Keeping,
): Observable<Task> {
  return defer(() => {
    let last = kept?.event as EngineEvent;
    const verdicts = changes.pipe(
      map(({ event, change }) => {
        // Verdicts refer to the last `die`, even if other events arrive before they are carried
        // out.
        if (change.kind === 'die') last = event;
        return change;
      }),
      restartsBy(action.policy, tools.scheduler, {
        from: kept?.restarts,
        wait: kept && waitOf(kept, tools),
        onChange: (restarts) => keep(keptOf(restarts, last, tools)),
      }),
    );
    const starts = changes.pipe(mergeMap(({ change }) => (change.kind === 'start' ? [undefined] : [])));
    return merge(verdicts, starts).pipe(
      switchMap((verdict) => (verdict === undefined ? EMPTY : tasksFor(verdict, rule, action, last, tools))),
    );
  });
}

interface Keeping {
  /** The restarts that an earlier daemon left. */
  readonly kept: KeptRestarts | undefined;
  readonly keep: (kept: KeptRestarts | undefined) => void;
}

/** Undefined if nothing is worth keeping. */
function keptOf(restarts: Restarts, event: EngineEvent, { now }: Tools): KeptRestarts | undefined {
  const { count, delay, next } = restarts;
  if (count === 0 || event === undefined) return undefined;
  return { event, restarts, due: next === 'due' ? now() + BigInt(delay) * 1_000_000n : undefined };
}

/** The rest of a wait, and then the time until its engine can be controlled. */
function waitOf(
  kept: KeptRestarts,
  { now, ready = () => of(undefined), scheduler }: Tools,
): Observable<unknown> {
  return timer(leftOf(kept, now()), scheduler).pipe(mergeMap(() => ready(kept.event.source)));
}

/** Tasks for a verdict about the container that ended with that event. */
function tasksFor(
  verdict: RestartDecision,
  rule: Rule,
  action: PolicyAction,
  event: EngineEvent,
  tools: Tools,
): Observable<Task> {
  const { log, scheduler } = tools;
  const fields = { rule: rule.name, id: event.id, name: event.name };
  if (verdict.kind === 'wait') {
    const { count, delay } = verdict;
    log.debug({ ...fields, count, delay }, `rule ${rule.name}: it is to be started again in ${delay} ms`);
    return EMPTY;
  }
  if (verdict.kind === 'restart') return of(starting(verdict, rule, event, tools));
  log.debug({ ...fields, why: verdict.why }, `rule ${rule.name}: it is left as it is, ${verdict.why}`);
  const tasks = from(whenDown(rule, action, event, tools));
  return verdict.wanted ? timer(BETWEEN_STOP_AND_START, scheduler).pipe(mergeMap(() => tasks)) : tasks;
}

function starting(
  { count, delay }: Extract<RestartDecision, { kind: 'restart' }>,
  rule: Rule,
  event: EngineEvent,
  tools: Tools,
): Task {
  const { id } = event;
  const attempt = onEngine(rule, event, tools, (engine) =>
    ifDone(isDown(engine, event), doneAfter(engine.start(id), 'it was started')),
  );
  return {
    rule,
    event,
    kind: 'start',
    plan: `start it after ${delay} ms, restart ${count} in a row`,
    attempt,
  };
}

/**
 * Tasks for a container that stays down: the post-stop hook, then the removal, if the rule has them
 * and the engine does not restart the container.
 */
function whenDown(
  rule: Rule,
  { postStop, autoRemove }: PolicyAction,
  event: EngineEvent,
  tools: Tools,
): Task[] {
  const { source } = event;
  const tasks: Task[] = [];
  if (postStop !== undefined) {
    const hook = run(postStop, rule, event, tools);
    // A hook needs no engine; if there is one, it is asked first.
    const asks = tools.control(source) !== undefined;
    const attempt = asks
      ? ifDone(
          onEngine(rule, event, tools, (engine) => isDown(engine, event)),
          hook,
        )
      : hook;
    tasks.push({ rule, event, kind: 'post-stop', plan: `run ${postStop.join(' ')}`, attempt });
  }
  if (autoRemove) {
    const attempt = onEngine(rule, event, tools, (engine) =>
      // iSulad may not know of an end that the FIFO reported.
      ifDone(isDown(engine, event), remove(engine, event, isOfFifo(event.source), tools)),
    );
    tasks.push({ rule, event, kind: 'auto-remove', plan: 'remove it', attempt });
  }
  return tasks;
}
