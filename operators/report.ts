/**
 * A report of a period: deaths by cause, crash loops, outages, health, images, engines and gaps.
 */
import type { Cause } from './cause-text.ts';

/**
 * Plain data that survives JSON: instants and spans are decimal nanoseconds, instants since the
 * Unix epoch.
 */
export interface Report {
  readonly since: string;
  readonly until: string;
  /** Events in the period. */
  readonly events: number;
  /** True if nothing needs attention: no alarming death, outage, illness, engine restart or gap. */
  readonly quiet: boolean;
  /** By cause: alarming ones first, then the most frequent first. */
  readonly deaths: readonly DeathsOfCause[];
  /** The most deaths first. */
  readonly loops: readonly Loop[];
  /** From an alarming death to the next start of that name: the longest first. */
  readonly outages: readonly Stretch[];
  /** Unhealthy periods: the longest first. */
  readonly unhealthy: readonly Stretch[];
  /** Containers that were started from another image than before, in order of time. */
  readonly images: readonly ImageChange[];
  /** Gaps: engine restarts, lost bytes and events; in order of time. */
  readonly gaps: readonly ReportedGap[];
  /** Containers with trouble: the most trouble first. */
  readonly containers: readonly Trouble[];
  /** Count of entries left out of the lists above because of the limit. */
  readonly omitted: number;
}

/** Deaths in the period that have one cause. */
export interface DeathsOfCause {
  readonly cause: Cause;
  readonly alarming: boolean;
  readonly count: number;
  /** The names, the most deaths first, at most ten. */
  readonly names: readonly { readonly name: string; readonly count: number }[];
}

export interface Loop extends Subject {
  readonly deaths: number;
  readonly first: string;
  readonly last: string;
  /** The end of the last run: `exit 1`, `SIGSEGV`. */
  readonly end: string;
}

/** A period of one container; `until` is absent if it has not ended. */
export interface Stretch extends Subject {
  readonly since: string;
  readonly until?: string;
  readonly span: string;
  /** The death that started it, in a few words. */
  readonly summary?: string;
}

/** A start of a name with another image than before. */
export interface ImageChange extends Subject {
  readonly time: string;
  readonly from: string;
  readonly to: string;
}

/** A gap in the events of the period. */
export interface ReportedGap {
  readonly time: string;
  readonly engine: string;
  readonly reason: string;
  readonly detail?: string;
  readonly count?: string;
}

/** A container with alarming deaths. */
export interface Trouble extends Subject {
  readonly deaths: number;
  /** Alarming deaths, in equal parts of the period: for a sparkline. */
  readonly parts: readonly number[];
}

/** A container, by its name. */
export interface Subject {
  readonly name: string;
  readonly engine?: string;
}
