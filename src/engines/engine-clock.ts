/** Clocks of engines: they order the events of one engine. This machine's clock plays no part. */
import type { Instant } from '../instant.ts';
import type { ClockReading, Session } from './engine.ts';

/** Makes a reading now. @param engine the time that the engine states */
export function readClock(engine: Instant, here: Instant): ClockReading {
  return { engine, here, at: performance.now() };
}

/**
 * Reads an HTTP `Date` header, which states whole seconds; undefined if it is missing or damaged.
 */
export function readDate(header: string | undefined, here: Instant): ClockReading | undefined {
  const millis = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(millis) ? undefined : readClock(BigInt(millis) * 1_000_000n, here);
}

/**
 * The engine's current time, exact to about a second: its last reading plus the elapsed time; this
 * machine's time without a reading.
 */
export function engineNow({ clock }: Pick<Session, 'clock'>, here: Instant): Instant {
  const reading = clock?.();
  if (reading === undefined) return here;
  return reading.engine + BigInt(Math.round((performance.now() - reading.at) * 1e6));
}

/** The engine's clock minus this machine's: in whole seconds, ± 1. */
export function clockDifference(reading: ClockReading | undefined): number | undefined {
  if (reading === undefined) return undefined;
  // `+ 0` turns -0 into 0.
  return Math.round(Number(reading.engine - reading.here) / 1e9) + 0;
}
