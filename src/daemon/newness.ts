/**
 * Distinguishes new events from those that an engine replays: by arrival, and by the engine's own
 * clock.
 */
import type { EngineStatus } from '../engines/engine.ts';
import type { EngineEvent, EventSource } from '../event.ts';

/** Uncertainty of an engine's clock, which states whole seconds: in ns. */
const SECOND = 1_000_000_000n;

export class Newness {
  readonly #statuses = new Map<string, EngineStatus>();
  /** Engines after their replay: all later events are new, also at another endpoint. */
  readonly #live = new Set<string>();

  /** Takes an engine's status. */
  report(status: EngineStatus): void {
    const key = keyOf(status.source);
    this.#statuses.set(key, status);
    if (status.state === 'connected') this.#live.add(key).add(identityOf(status.source) ?? key);
  }

  /**
   * Tests whether an event happened after a moment. During an engine's first replay, its own clock
   * decides; an engine without a clock only replays the past. Events of other sources are always
   * new.
   *
   * @param since nanoseconds of `process.hrtime`
   */
  isNew({ source, timeNano }: EngineEvent, since: bigint): boolean {
    const key = keyOf(source);
    const status = this.#statuses.get(key);
    if (status === undefined || this.#live.has(key) || this.#live.has(identityOf(source) ?? key)) return true;
    const { clock } = status;
    if (clock === undefined) return false;
    const sinceReading = BigInt(Math.round((performance.now() - clock.at) * 1e6));
    const engineNow = clock.engine + sinceReading;
    return timeNano >= engineNow - (process.hrtime.bigint() - since) - SECOND;
  }
}

function identityOf({ engine, id }: EventSource): string | undefined {
  return id === undefined ? undefined : `${engine} ID ${id}`;
}

/** The events of a fleet's hosts are as new as the fleet. */
function keyOf({ engine, endpoint = '', host }: EventSource): string {
  if (host !== undefined) return `fleet ${endpoint.replace(/\/[^/]*$/, '')}`;
  return `${engine} ${endpoint}`;
}
