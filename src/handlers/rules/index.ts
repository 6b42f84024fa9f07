/**
 * Runs rules: takes events, carries out tasks in order for each container, and reports results as
 * events.
 */
import {
  asyncScheduler,
  catchError,
  filter,
  finalize,
  type Observable,
  of,
  Subject,
  Subscription,
} from 'rxjs';
import { containerKey } from '../../../operators/container-key.ts';
import { concatMapBy } from '../../../operators/concatMapBy.ts';
import type { EngineEvent } from '../../event.ts';
import { Slots } from '../actions/slots.ts';
import { carryOut, type CarryOutOptions, type Done } from './carry-out.ts';
import { Chains } from './chains.ts';
import { Losses } from './losses.ts';
import { lostEvent, ruleEvent } from './rule-event.ts';
import { NO_ALERTS } from '../alerts/kept-alerts.ts';
import { NO_KEEPER } from './kept-restarts.ts';
import { type Rule, ruleText } from './rule.ts';
import type { Task, Tools } from './task.ts';
import { tasksOf } from './tasks.ts';

/** Options of `createRules`. */
export interface RulesOptions extends Omit<Tools, 'scheduler'>, Partial<Pick<Tools, 'scheduler'>> {
  /** All events, live. */
  readonly events: Observable<EngineEvent>;
  /**
   * Tests whether an event happened after that moment of `elapsed`. False for older events that an
   * engine replays. Default: every event that arrives counts as new.
   */
  readonly isNew?: ((event: EngineEvent, since: bigint) => boolean) | undefined;
  /** Only logs the actions. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Most tasks that wait for one container: 0 or more. Default 100. */
  readonly limit?: number | undefined;
  /** Random number from 0 to 1 for the back-off. Default `Math.random`. */
  readonly random?: CarryOutOptions['random'];
}

/** Statistics of the rules since their start. */
export interface RulesStatus {
  /** Count of results, for each rule and kind of result. */
  readonly results: readonly {
    readonly rule: string;
    readonly result: Done['result'];
    readonly count: number;
  }[];
  /** Count of tasks dropped for lack of room. */
  readonly lost: number;
  /** Count of tasks that wait or run. */
  readonly pending: number;
}

/** Active rules: their state and their results. */
export interface Rules {
  readonly status: RulesStatus;
  /** The active rules. */
  readonly rules: readonly Rule[];
  /**
   * Replaces all rules at once. An unchanged rule keeps its state. Other rules drop their delayed
   * tasks; tasks that are due still run.
   */
  load(rules: readonly Rule[]): void;
  /** Ends all running tasks. */
  close(): void;
}

/** A task, with the container that its turn belongs to. */
interface Queued extends Task {
  readonly id: string;
}

interface Running {
  readonly rule: Rule;
  /** The whole rule as text, for comparison. */
  readonly text: string;
  readonly events: Subject<EngineEvent>;
  readonly subscription: Subscription;
}

/**
 * Creates the runner of rules, at first without rules. A rule only reacts to events after it was
 * loaded: older events that an engine replays trigger nothing. Tasks never delay other consumers:
 * each starts in its own turn of the event loop.
 */
export function createRules(options: RulesOptions): Rules {
  const { events, append, cursorOf, now, log, limit = 100, dryRun = false, random } = options;
  const {
    elapsed = process.hrtime.bigint,
    isNew = () => true,
    keeper = NO_KEEPER,
    alerts = NO_ALERTS,
  } = options;
  const scheduler = options.scheduler ?? asyncScheduler;
  const tools: Tools = { ...options, scheduler };
  const chains = new Chains();
  const tasks = new Subject<Queued>();
  const slots = new Map<string, Slots>();
  const results = new Map<string, { rule: string; result: Done['result']; count: number }>();
  const losses = new Losses(scheduler, (event, rules, count) => {
    log.warn(
      { id: event.id, name: event.name, rules, count },
      'too many tasks of rules waited for one container',
    );
    append([lostEvent(event, rules, count, now())]);
  });
  let running: readonly Running[] = [];
  let lost = 0;
  let pending = 0;

  const slotsOf = ({ name, concurrency }: Rule): Slots => {
    const key = `${name} ${concurrency}`;
    const found = slots.get(key) ?? new Slots(concurrency, scheduler);
    slots.set(key, found);
    return found;
  };

  const report = (done: Done): void => {
    const { task, result, detail, attempts } = done;
    const { rule, event, kind } = task;
    const key = `${rule.name} ${result}`;
    const known = results.get(key);
    results.set(key, { rule: rule.name, result, count: (known?.count ?? 0) + 1 });
    const level = result === 'failed' || result === 'timeout' || result === 'cycle' ? 'warn' : 'info';
    const fields = { rule: rule.name, does: kind, id: event.id, name: event.name, result, attempts };
    log[level](
      fields,
      `rule ${rule.name} on ${event.action} of ${event.name ?? event.id}: ${result}, ${detail}`,
    );
    append([ruleEvent(done, cursorOf(event), now())]);
  };

  const carryingOut = { chains, dryRun, elapsed, scheduler, log, random };
  const carrying = tasks
    .pipe(
      concatMapBy(
        (task) =>
          carryOut(task, { ...carryingOut, slots: slotsOf(task.rule) }).pipe(
            catchError((error: unknown) => of(failed(task, error))),
            finalize(() => pending--),
          ),
        {
          limit,
          onOverflow: (task) => {
            pending--;
            lost++;
            losses.add(task);
          },
        },
      ),
    )
    .subscribe(report);
  const enqueue = (task: Task): void => {
    pending++;
    tasks.next({ ...task, arrived: elapsed(), id: task.group ?? containerKey(task.event) });
  };

  const begin = (rule: Rule, text: string): Running => {
    const input = new Subject<EngineEvent>();
    const since = elapsed();
    const subscription = input
      .pipe(
        filter((event) => event.type !== 'tidings' && isNew(event, since)),
        filter(({ attributes }) => attributes['stale'] !== 'true'),
        filter(({ attributes }) => rule.reconciled !== 'ignore' || attributes['reconciled'] !== 'true'),
        tasksOf(rule, tools),
        // The rule continues with the next event; its counts start over.
        catchError((err: unknown, again) => {
          log.error({ err, rule: rule.name }, `rule ${rule.name} failed on an event`);
          return again;
        }),
      )
      .subscribe(enqueue);
    return { rule, text, events: input, subscription };
  };

  let following: Subscription | undefined;
  const follow = (): void => {
    following ??= events.subscribe((event) => {
      for (const each of running) each.events.next(event);
    });
  };

  return {
    get status() {
      return { results: [...results.values()], lost, pending };
    },
    get rules() {
      return running.map(({ rule }) => rule);
    },
    load: (rules) => {
      const before = new Map(running.map((each) => [each.text, each]));
      const next = rules.map((rule) => {
        const text = ruleText(rule);
        const same = before.get(text);
        before.delete(text);
        return same ?? begin(rule, text);
      });
      running = next;
      for (const each of before.values()) {
        each.subscription.unsubscribe();
        keeper.forget(each.text);
        alerts.forget(each.text);
      }
      if (rules.length > 0) follow();
    },
    close: () => {
      following?.unsubscribe();
      for (const { subscription } of running) subscription.unsubscribe();
      losses.flush();
      carrying.unsubscribe();
    },
  };
}

function failed(task: Task, error: unknown): Done {
  const detail = error instanceof Error ? error.message : String(error);
  return { task, result: 'failed', detail, attempts: 1, took: 0n };
}
