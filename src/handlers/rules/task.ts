/** A task of a rule for an event. */
import type { Observable, SchedulerLike } from 'rxjs';
import type { EngineControl } from '../../engines/control.ts';
import type { EngineEvent, EventSource, IncomingEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { Log } from '../../log.ts';
import type { Outcome } from '../../delivery/outcome.ts';
import type { AlertsKeeper } from '../alerts/kept-alerts.ts';
import type { RestartsKeeper } from './kept-restarts.ts';
import type { Rule } from './rule.ts';

export interface Task {
  readonly rule: Rule;
  /** The triggering event. */
  readonly event: EngineEvent;
  readonly kind: 'run' | 'webhook' | 'alert' | 'restart' | 'remove' | 'start' | 'post-stop' | 'auto-remove';
  /** Description for people, to follow `would`: `run /usr/bin/logger`. */
  readonly plan: string;
  /** One attempt: emits once. */
  readonly attempt: Observable<Outcome>;
  /**
   * Time after the task in which events of the container count as its consequences, in ns;
   * undefined: they never count, not even during the task.
   */
  readonly settles?: bigint | undefined;
  /**
   * Tasks of one group run one after the other. Default: those of one container.
   */
  readonly group?: string | undefined;
  /** Arrival time of the event, on the clock `elapsed`. Default: the time when the task starts. */
  readonly arrived?: bigint | undefined;
}

/** Tools to make tasks with. */
export interface Tools {
  /** Control interface of an engine; undefined if there is no interface. */
  readonly control: (source: EventSource) => EngineControl | undefined;
  /** Appends the rules' own events to the stream. */
  readonly append: (events: readonly IncomingEvent[]) => void;
  /** Returns the cursor of an event. */
  readonly cursorOf: (event: EngineEvent) => string;
  /** Current time: nanoseconds since the Unix epoch. */
  readonly now: () => Instant;
  /** A monotonic clock, in ns. Default: the system's. */
  readonly elapsed?: (() => bigint) | undefined;
  /** Emits once an engine can be controlled. Default: at once. */
  readonly ready?: ((source: EventSource) => Observable<unknown>) | undefined;
  /** Tests for an engine that will be ready soon: it is connecting. Default: none. */
  readonly isComing?: ((source: EventSource) => boolean) | undefined;
  /** Storage of restarts that survive the daemon. Default: none. */
  readonly keeper?: RestartsKeeper | undefined;
  /** Storage of the state of alerts that survives the daemon. Default: none. */
  readonly alerts?: AlertsKeeper | undefined;
  readonly scheduler: SchedulerLike;
  readonly log: Log;
}
