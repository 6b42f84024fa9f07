/** Something that a rule wants done because of an event. */
import type { Observable, SchedulerLike } from 'rxjs';
import type { EngineControl } from '../../engines/control.ts';
import type { EngineEvent, EventSource } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { Log } from '../../log.ts';
import type { Outcome } from '../actions/outcome.ts';
import type { Rule } from './rule.ts';

export interface Task {
  readonly rule: Rule;
  /** What set it off. */
  readonly event: EngineEvent;
  readonly kind: 'run' | 'webhook' | 'restart' | 'remove' | 'start' | 'post-stop' | 'auto-remove';
  /** The same for people, as it reads after `would`: `run /usr/bin/logger`. */
  readonly plan: string;
  /** One attempt: emits once. */
  readonly attempt: Observable<Outcome>;
  /**
   * For how long after it what happens to the container counts as its consequence, in ns; undefined: never, not even
   * while it is done.
   */
  readonly settles?: bigint | undefined;
  /** When the event arrived, by the clock of `elapsed`. Default: when the task is carried out. */
  readonly arrived?: bigint | undefined;
}

/** What tasks are made with. */
export interface Tools {
  /** How an engine is acted on; undefined where nobody knows how. */
  readonly control: (source: EventSource) => EngineControl | undefined;
  readonly cursorOf: (event: EngineEvent) => string;
  /** Nanoseconds since the Unix epoch. */
  readonly now: () => Instant;
  /** A clock that is never set, in ns: what came before what, and how long it took. Default: the system's. */
  readonly elapsed?: (() => bigint) | undefined;
  readonly scheduler: SchedulerLike;
  readonly log: Log;
}
