/** The state of a forwarder for people, and its messages in the log. */
import type { Instant } from '../instant.ts';
import type { Log } from '../log.ts';
import type { ForwarderStatus } from './status.ts';

export class Health {
  readonly #name: string;
  readonly #log: Log;
  readonly #now: () => Instant;
  #state: Pick<ForwarderStatus, 'state' | 'detail' | 'since'>;

  /** @param now nanoseconds since the Unix epoch */
  constructor(name: string, log: Log, now: () => Instant) {
    this.#name = name;
    this.#log = log;
    this.#now = now;
    this.#state = { state: 'ok', since: String(now()) };
  }

  get state(): Pick<ForwarderStatus, 'state' | 'detail' | 'since'> {
    return this.#state;
  }

  get isOk(): boolean {
    return this.#state.state === 'ok';
  }

  /** A delivery succeeded. */
  ok(): void {
    const wasDown = !this.isOk;
    this.#become('ok');
    const name = this.#name;
    if (wasDown) this.#log.info({ forwarder: name }, `forwarder ${name}: its sink accepts events again`);
  }

  /** A delivery failed: only the first failure in a row is a warning. */
  failing(detail: string, wait: number): void {
    const name = this.#name;
    const again = `again in ${Math.round(wait)} ms`;
    this.#log[this.isOk ? 'warn' : 'debug'](
      { forwarder: name, detail, wait },
      `forwarder ${name}: ${detail}; ${again}`,
    );
    this.retrying(detail);
  }

  retrying(detail: string): void {
    this.#become('retrying', detail);
  }

  #become(state: ForwarderStatus['state'], detail?: string): void {
    const before = this.#state;
    if (before.state === state && before.detail === detail) return;
    const since = before.state === state ? before.since : String(this.#now());
    this.#state = { state, detail, since };
  }
}
