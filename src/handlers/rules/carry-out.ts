/**
 * Carries out the tasks of rules: a bounded number at a time, with repetitions, and without endless
 * cycles.
 */
import { defer, EMPTY, finalize, map, type Observable, of, type SchedulerLike } from 'rxjs';
import { containerKey } from '../../../operators/container-key.ts';
import type { Log } from '../../log.ts';
import type { Outcome } from '../../delivery/outcome.ts';
import { persist } from '../../delivery/persist.ts';
import type { Slots } from '../actions/slots.ts';
import type { Chains } from './chains.ts';
import type { Task } from './task.ts';

/** Result of a task. */
export interface Done extends Omit<Outcome, 'result' | 'retry'> {
  readonly task: Task;
  /** `cycle`: rules had triggered rules too many times in a row. `dry-run`: only logged. */
  readonly result: Outcome['result'] | 'cycle' | 'dry-run';
  /** 0 if the task was not attempted. */
  readonly attempts: number;
  /** Duration with all attempts and delays, in ns. */
  readonly took: bigint;
}

export interface CarryOutOptions {
  readonly chains: Chains;
  readonly slots: Slots;
  readonly dryRun: boolean;
  /** A monotonic clock, in ns. */
  readonly elapsed: () => bigint;
  readonly scheduler: SchedulerLike;
  readonly log: Log;
  /** Random number from 0 to 1 for the back-off. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Emits once; emits nothing for the second and later tasks of a cycle. */
export function carryOut(task: Task, options: CarryOutOptions): Observable<Done> {
  const { chains, slots, dryRun, elapsed, scheduler, log, random } = options;
  const { rule, event, attempt, plan, settles } = task;
  const fields = { rule: rule.name, does: task.kind, id: event.id, name: event.name };
  const undone = { task, attempts: 0, took: 0n };
  return defer(() => {
    if (dryRun) return of<Done>({ ...undone, result: 'dry-run', detail: `would ${plan}` });
    const key = containerKey(event);
    const began = elapsed();
    // Uses our own clock: clocks of engines differ from it and can be set.
    const { arrived = began } = task;
    if (settles !== undefined && chains.length(key, arrived) > rule.chain) {
      const isNew = chains.cut(key, began + settles);
      const detail = `would ${plan}, but rules triggered each other ${rule.chain} times in a row: stopped`;
      return isNew ? of<Done>({ ...undone, result: 'cycle', detail }) : EMPTY;
    }
    const over = settles === undefined ? undefined : chains.begin(key, arrived, began);
    const onRetry = ({ detail }: Outcome, wait: number): void =>
      log.info({ ...fields, detail, wait }, `rule ${rule.name}: ${detail}; again in ${Math.round(wait)} ms`);
    return persist(slots.hold(attempt), { retries: rule.retries, scheduler, random, onRetry }).pipe(
      map(({ result, detail, exitCode, attempts }): Done => ({
        task,
        result,
        detail,
        exitCode,
        attempts,
        took: elapsed() - began,
      })),
      finalize(() => over?.(elapsed() + (settles ?? 0n))),
    );
  });
}
