/** Tells what an engine keeps from the time before apart from what is new: by arrival, and by its own clock. */
import type { EngineStatus } from '../engines/engine.ts';
import type { EngineEvent, EventSource } from '../event.ts';

/** An engine states whole seconds: by how much a reading of its clock may be wrong, in ns. */
const SECOND = 1_000_000_000n;

export class Newness {
  readonly #statuses = new Map<string, EngineStatus>();
  /** Engines whose replay is over: all that arrives is new. */
  readonly #live = new Set<string>();

  /** Takes what is reported of an engine. */
  report(status: EngineStatus): void {
    const key = keyOf(status.source);
    this.#statuses.set(key, status);
    if (status.state === 'connected') this.#live.add(key);
  }

  /**
   * Whether an event happened after a moment. While an engine replays for the first time what it kept, its
   * own clock tells; one that states none replays the past alone. A source that is no engine brings news.
   *
   * @param since nanoseconds of `process.hrtime`
   */
  isNew({ source, timeNano }: EngineEvent, since: bigint): boolean {
    const key = keyOf(source);
    const status = this.#statuses.get(key);
    if (status === undefined || this.#live.has(key)) return true;
    const { clock } = status;
    if (clock === undefined) return false;
    const sinceReading = BigInt(Math.round((performance.now() - clock.at) * 1e6));
    const engineNow = clock.engine + sinceReading;
    return timeNano >= engineNow - (process.hrtime.bigint() - since) - SECOND;
  }
}

function keyOf({ engine, endpoint = '' }: EventSource): string {
  return `${engine} ${endpoint}`;
}
