/** Signs of life of hosts: which are silent, and how far their clocks are off. */
import { EVERY, type Heartbeat, MISSED } from './heartbeat.ts';

/** Clocks that differ by less are not corrected: in ms. */
const TOLERATED = 2000;

/** A change in the life of a host. */
export interface HostLife {
  readonly action: 'silent' | 'stopped' | 'alive';
  /** For people. */
  readonly detail: string;
}

export interface HostLivesOptions {
  /** This machine's wall clock, to compare with those of hosts: in ms. */
  readonly now: () => number;
  /** Elapsed time since any start, whatever happens to clocks: in ms. */
  readonly elapsed: () => number;
  readonly onChange: (host: string, life: HostLife) => void;
  /** Called once when a clock is found to be off: its seconds minus ours. */
  readonly onSkew: (host: string, seconds: number) => void;
}

interface Life {
  /** The elapsed time at the last heartbeat, or at the moment of joining. */
  heardAt: number;
  /** Time without a heartbeat after which it is silent: in ms. */
  patience: number;
  state: 'unknown' | 'alive' | 'silent' | 'stopped';
  /** Its clock minus ours, in ns; 0 if that is tolerated. */
  skew: bigint;
}

export class HostLives {
  readonly #options: HostLivesOptions;
  readonly #hosts = new Map<string, Life>();

  constructor(options: HostLivesOptions) {
    this.#options = options;
  }

  /** Hosts without a heartbeat. */
  get silent(): readonly string[] {
    return [...this.#hosts].flatMap(([host, { state }]) =>
      state === 'silent' || state === 'stopped' ? [host] : [],
    );
  }

  join(host: string): void {
    if (this.#hosts.has(host)) return;
    const heardAt = this.#options.elapsed();
    this.#hosts.set(host, { heardAt, patience: EVERY * MISSED, state: 'unknown', skew: 0n });
  }

  leave(host: string): void {
    this.#hosts.delete(host);
  }

  hear(host: string, { now: theirs, every, word }: Heartbeat): void {
    const life = this.#hosts.get(host);
    if (life === undefined) return;
    const before = life.state;
    life.heardAt = this.#options.elapsed();
    // A host cannot ask to be waited for without end.
    life.patience = Math.min(every, 12 * EVERY) * MISSED;
    life.state = word === 'bye' ? 'stopped' : 'alive';
    this.#measure(host, life, theirs - this.#options.now());
    if (life.state === 'stopped') {
      if (before !== 'stopped') this.#change(host, 'stopped', 'its daemon stopped');
    } else if (before === 'silent' || before === 'stopped') this.#change(host, 'alive', 'it is there again');
  }

  /** Finds hosts that have become silent. Call it every few seconds. */
  check(): void {
    const elapsed = this.#options.elapsed();
    for (const [host, life] of this.#hosts) {
      const silentFor = elapsed - life.heardAt;
      if (life.state === 'silent' || life.state === 'stopped' || silentFor < life.patience) continue;
      life.state = 'silent';
      this.#change(host, 'silent', `it gave no sign of life for ${Math.round(silentFor / 1000)} s`);
    }
  }

  /**
   * The time of an event, by our clock, as far as it is known. No event happened after its storing.
   *
   * @param storedAt by the server's clock
   */
  timeOf(host: string, timeNano: bigint, storedAt: bigint): bigint {
    const time = timeNano - (this.#hosts.get(host)?.skew ?? 0n);
    return time < storedAt ? time : storedAt;
  }

  #measure(host: string, life: Life, difference: number): void {
    const isOff = Math.abs(difference) > TOLERATED;
    const wasOff = life.skew !== 0n;
    // A small change is the delay of the network.
    if (isOff && Math.abs(Number(life.skew) / 1e6 - difference) <= TOLERATED) return;
    life.skew = isOff ? BigInt(Math.round(difference)) * 1_000_000n : 0n;
    if (isOff && !wasOff) this.#options.onSkew(host, Math.round(difference / 1000));
  }

  #change(host: string, action: HostLife['action'], detail: string): void {
    this.#options.onChange(host, { action, detail });
  }
}
