/**
 * The events of all hosts by time, those of each host in its order. It knows nothing of NATS: texts
 * and heartbeats go in, events come out.
 */
import { interval, type Observable, type SchedulerLike, Subject, Subscription } from 'rxjs';
import { inOrder } from '../../operators/inOrder.ts';
import { Stopwatch } from '../../operators/stopwatch.ts';
import { gapEvent, type IncomingEvent, OwnEvent } from '../event.ts';
import type { Heartbeat } from './heartbeat.ts';
import { HostEvents } from './host-events.ts';
import { type HostLife, HostLives } from './host-lives.ts';
import { HostMerge } from './merge-hosts.ts';
import type { HostPosition } from './host-position.ts';
import type { StreamLoss, StreamMessage } from './stream-reader.ts';

/** Longest wait for a host that does not answer while others are read: in ms. */
const WAIT = 5000;

/** Wait for events of other hosts that happened earlier: in ms. */
const SLACK = 250;

/** Interval of checks for silent hosts: in ms. */
const CHECK = 5000;

/** Longest silence that is measured: more than the patience with any host. In ms. */
const LONGEST_SILENCE = 200_000;

/** An event of a fleet, with its position on its host; undefined for events about hosts. */
export interface FleetEvent {
  readonly event: IncomingEvent;
  readonly host: string;
  readonly position: HostPosition | undefined;
}

/** An event on its way, with the time by which it is ordered. */
interface Entry extends FleetEvent {
  readonly timeNano: bigint;
}

export interface FleetOrderOptions {
  /** The address of the fleet, for the sources of events. */
  readonly endpoint: string;
  readonly scheduler: SchedulerLike;
  /** True while no event must be emitted. */
  readonly paused?: Observable<boolean> | undefined;
  readonly emit: (event: FleetEvent) => void;
  /** Called when a host has room for more events again. */
  readonly onRoom: (host: string) => void;
  /** Called when hosts have become silent, are there again, or have been read up to the present. */
  readonly onChange: () => void;
  /** Tells for people: a host is silent, or is not waited for. */
  readonly onNotice?: ((text: string) => void) | undefined;
}

export class FleetOrder {
  readonly #options: FleetOrderOptions;
  readonly #merge: HostMerge<Entry>;
  readonly #events: HostEvents;
  readonly #lives: HostLives;
  /** The last event of each host that was merged, also of hosts that left: it may still wait. */
  readonly #last = new Map<string, Pick<Entry, 'position' | 'timeNano'>>();
  readonly #all = new Subscription();
  readonly #elapsed: () => number;

  constructor(options: FleetOrderOptions) {
    const { endpoint, scheduler, paused, emit, onRoom, onNotice } = options;
    this.#options = options;
    const stopwatch = new Stopwatch(LONGEST_SILENCE, scheduler);
    this.#elapsed = () => stopwatch.hold();
    this.#all.add(() => stopwatch.stop());
    const merged = new Subject<Entry>();
    this.#all.add(merged.pipe(inOrder({ slack: SLACK, scheduler })).subscribe(emit));
    this.#events = new HostEvents(endpoint);
    this.#merge = new HostMerge<Entry>({
      ...{ wait: WAIT, scheduler, onRoom, emit: (entry) => merged.next(entry) },
      onOvertaken: (host) => {
        onNotice?.(`host ${JSON.stringify(host)} does not answer: its events will follow`);
        this.live(host);
      },
    });
    this.#lives = new HostLives({
      now: () => scheduler.now(),
      elapsed: this.#elapsed,
      onChange: (host, life) => this.#tell(host, life),
      onSkew: (host, seconds) =>
        onNotice?.(
          `the clock of host ${JSON.stringify(host)} is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}: its events are ordered by this clock`,
        ),
    });
    if (paused !== undefined) this.#all.add(paused.subscribe((isPaused) => this.#merge.pause(isPaused)));
    this.#all.add(interval(CHECK, scheduler).subscribe(() => this.#lives.check()));
  }

  /** Elapsed time since any start, whatever happens to clocks: in ms. */
  get elapsed(): () => number {
    return this.#elapsed;
  }

  /** True if no host is waited for that reads its past. */
  get isLive(): boolean {
    return !this.#merge.reads;
  }

  /** Hosts without a heartbeat. */
  get silent(): readonly string[] {
    return this.#lives.silent;
  }

  /** Adds a host that begins to read its past. */
  join(host: string): void {
    this.#merge.join(host);
    this.#lives.join(host);
  }

  /** The host has read its past: nothing waits for it from now on. */
  live(host: string): void {
    this.#merge.live(host);
    this.#options.onChange();
  }

  /** Removes a host; its waiting events come first. */
  leave(host: string): void {
    this.#merge.leave(host);
    this.#lives.leave(host);
    this.#options.onChange();
  }

  /** True if the host may have more events. */
  hasRoom(host: string): boolean {
    return this.#merge.hasRoom(host);
  }

  /** The position of the last event of a host that was taken, although it may still wait. */
  positionOf(host: string): HostPosition | undefined {
    return this.#last.get(host)?.position;
  }

  /** Takes the next event of a host. */
  take(host: string, { text, position, storedAt }: StreamMessage): void {
    const event = this.#events.read(host, text, position);
    this.#push(host, event, this.#lives.timeOf(host, event.timeNano, storedAt), position);
  }

  /** Takes a loss of events of a host: it comes before its next event. */
  lose(host: string, loss: StreamLoss): void {
    const gap = gapEvent({ ...loss, source: this.#events.sourceOf(host), timeNano: this.#now() });
    this.#push(host, gap, 0n);
  }

  hear(host: string, beat: Heartbeat): void {
    this.#lives.hear(host, beat);
  }

  close(): void {
    this.#all.unsubscribe();
    this.#merge.close();
  }

  /**
   * Merges an event of a host's stream. The times of one host can go back: its engines have clocks of
   * their own. Its order stays that of its journal.
   */
  #push(host: string, event: IncomingEvent, timeNano: bigint, position?: HostPosition): void {
    const last = this.#last.get(host);
    const ordered = last !== undefined && last.timeNano > timeNano ? last.timeNano : timeNano;
    this.#last.set(host, { position: position ?? last?.position, timeNano: ordered });
    this.#merge.push(host, { event, host, position, timeNano: ordered });
  }

  /** An event about a host: it is silent, or is there again. */
  #tell(host: string, life: HostLife): void {
    const { onNotice, onChange } = this.#options;
    const { timeNano, action, detail } = { timeNano: this.#now(), ...life };
    onNotice?.(`host ${JSON.stringify(host)}: ${detail}`);
    const event = new OwnEvent({
      ...{ timeNano, type: 'host', action, id: host, name: host, attributes: { detail }, scope: undefined },
      source: this.#events.sourceOf(host),
    });
    this.#merge.push(host, { event, host, position: undefined, timeNano });
    onChange();
  }

  #now(): bigint {
    return BigInt(Math.trunc(this.#options.scheduler.now())) * 1_000_000n;
  }
}
