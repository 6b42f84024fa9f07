/** Alerts: settings, and the messages that they send. */
import type { ShownTarget } from '../../delivery/target.ts';

/** A daily period in local time: in minutes since midnight; it may pass midnight. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
}

/** Settings of an alert, read from a rule. All times are in ms. */
export interface AlertSettings {
  /** The receiver: `slack`, `ntfy` … */
  readonly preset: string;
  readonly target: ShownTarget;
  /** Time that a container must be down, or unhealthy, before an alert. */
  readonly for: number;
  /** Time over which alerts are gathered to one message. */
  readonly group: number;
  /** Time that a container must run again, or stay stopped, before its problem has ended. */
  readonly settle: number;
  /** Time after the last change of a compose project in which its alerts wait. */
  readonly compose: number;
  /** True to send a message when a container has recovered. */
  readonly recovery: boolean;
  readonly quiet: QuietHours | undefined;
  /** Most messages within a time; further alerts wait and share a message. */
  readonly limit: { readonly count: number; readonly within: number };
}

/** One container in a message. Texts are for people. */
export interface Alert {
  /** `firing`: the container has a problem. `resolved`: it has none any more. */
  readonly status: 'firing' | 'resolved';
  readonly name: string;
  readonly id: string;
  readonly engine: string;
  readonly image: string | undefined;
  /** `web: exit 3 after 2 s, 7 times in 40 s`. */
  readonly text: string;
  /** Deaths since the problem began; 0 for an unhealthy container. */
  readonly count: number;
  /** Begin of the problem, and its end: ms since the Unix epoch. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
}

/** A message to the receiver: one alert or more. */
export interface AlertMessage {
  /** Identity, the same in every attempt. */
  readonly id: string;
  /** A line: `web died: exit 3 after 2 s`, or `3 containers have problems`. */
  readonly title: string;
  readonly alerts: readonly Alert[];
}
