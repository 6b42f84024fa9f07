/**
 * Queries and actions on an engine's containers. Following an engine is separate and never changes
 * anything.
 */
import type { Observable } from 'rxjs';
import type { ContainerState } from '../../operators/container-state.ts';

/** Current state of a container in its engine. */
export interface Inspected {
  readonly state: ContainerState;
  /**
   * The engine's own restart policy for it, in the engine's words; undefined if it has no policy.
   */
  readonly restartPolicy?: string | undefined;
  /** The engine's message about a failed start; undefined if no start failed. */
  readonly error?: string | undefined;
  /** True if the engine removes it once its run has ended. */
  readonly autoRemove?: boolean | undefined;
  /** The latest health checks, oldest first. */
  readonly checks?: readonly HealthCheck[] | undefined;
  /** Count of labels that are too long and absent from the state; undefined if it has all. */
  readonly labelsLeftOut?: number | undefined;
  /** True if its labels and policies are unknown: the engine was not asked for all containers. */
  readonly isPartial?: boolean | undefined;
}

/** A health check. */
export interface HealthCheck {
  /** Start time: decimal nanoseconds since the Unix epoch. */
  readonly time: string;
  readonly exitCode: number;
  /** Start of its output, at most 4,096 characters. */
  readonly output: string;
}

/**
 * Every query and action is a cold Observable; unsubscribing cancels it at once. If the engine does
 * not answer or refuses, it errors with the engine's message. Ids are full ids, names, or any form
 * that the engine accepts.
 */
export interface EngineControl {
  /**
   * Lists every container, running or not: emits once. Containers that vanish meanwhile are absent.
   * Errors if the engine sends nothing for 30 s; a list that keeps coming may take longer.
   */
  list(): Observable<readonly Inspected[]>;
  /** Inspects a container: emits once; undefined if it does not exist. */
  inspect(id: string): Observable<Inspected | undefined>;
  /** Starts a container; completes when it runs. Succeeds for a running container too. */
  start(id: string): Observable<never>;
  /**
   * Stops a container, with a kill after `grace` seconds (default: its own setting), and starts it;
   * completes when it runs.
   */
  restart(id: string, grace?: number): Observable<never>;
  /**
   * Removes a container with its anonymous volumes; `force` kills a running one first. Succeeds
   * for a missing container too.
   */
  remove(id: string, force: boolean): Observable<never>;
  /** False if the engine sends no event of a removal. Default true. */
  readonly reportsRemovals?: boolean | undefined;
  /**
   * The newest lines of a container's output, both streams together, each cut to 4,096 characters:
   * emits once. Absent if the engine keeps no readable log.
   */
  logs?(id: string, lines: number): Observable<readonly string[]>;
}
