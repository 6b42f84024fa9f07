/** What can be asked of an engine, and done to its containers: apart from following it, which never changes anything. */
import type { Observable } from 'rxjs';
import type { ContainerState } from '../../operators/container-state.ts';

/** A container as its engine has it now. */
export interface Inspected {
  readonly state: ContainerState;
  /** The policy by which the engine itself starts it again, in its own words; undefined when it does not. */
  readonly restartPolicy?: string | undefined;
  /** The engine's own words on a start that failed; undefined if there was none. */
  readonly error?: string | undefined;
  /** The latest health checks, the oldest first. */
  readonly checks?: readonly HealthCheck[] | undefined;
  /** How many labels the state lacks, as they are too long; undefined if it has all. */
  readonly labelsLeftOut?: number | undefined;
}

/** One health check. */
export interface HealthCheck {
  /** Its beginning: decimal nanoseconds since the Unix epoch. */
  readonly time: string;
  readonly exitCode: number;
  /** The beginning of its output, at most 4,096 characters. */
  readonly output: string;
}

/**
 * Every question and action is an Observable: cold, and given up at once when unsubscribed. It errors when the engine does not
 * answer or refuses, with the engine's own words. Ids are full ids, names, or what else the engine takes for one.
 */
export interface EngineControl {
  /** Every container that there is, running or not: emits once. One that goes away meanwhile is left out. */
  list(): Observable<readonly Inspected[]>;
  /** One container; undefined when there is none: emits once. */
  inspect(id: string): Observable<Inspected | undefined>;
  /** Starts one; completes when it runs. One that runs already is no error. */
  start(id: string): Observable<never>;
  /** Stops one, killing it after `grace` seconds (default: its own), and starts it; completes when it runs. */
  restart(id: string, grace?: number): Observable<never>;
  /** Removes one with its anonymous volumes; `force` kills it first if it runs. One that is gone already is no error. */
  remove(id: string, force: boolean): Observable<never>;
  /**
   * The newest lines of a container's output, both streams together, each cut to 4,096 characters: emits once. Absent
   * if the engine keeps no log that can be asked for.
   */
  logs?(id: string, lines: number): Observable<readonly string[]>;
}
