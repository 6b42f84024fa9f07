/**
 * Reads all hosts of a fleet over one connection: finds them, merges their events by time, and tells
 * which are silent.
 */
import { asyncScheduler, interval, Observable, type SchedulerLike, Subject, Subscription } from 'rxjs';
import { inOrder } from '../../operators/inOrder.ts';
import { Stopwatch } from '../../operators/stopwatch.ts';
import { gapEvent, type IncomingEvent, OwnEvent } from '../event.ts';
import { HostEvents } from './host-events.ts';
import { type HostLife, HostLives } from './host-lives.ts';
import { JetStream } from './jet-stream.ts';
import { HostMerge } from './merge-hosts.ts';
import { ALL_EVENTS, ALL_HEARTBEATS, hostOfHeartbeat, hostOfStream, streamOf } from './names.ts';
import { readHeartbeat } from './heartbeat.ts';
import { closeNats, connectNats, type Nats, type NatsOptions } from './nats.ts';
import type { HostPosition } from './position.ts';
import { placeOf, StreamReader } from './stream-reader.ts';

/** Interval of looks for new hosts, and of checks of consumers: in ms. */
const LOOK = 10_000;

/** Longest wait for a host that does not answer while others are read: in ms. */
const WAIT = 5000;

/** Wait for events of other hosts that happened earlier: in ms. */
const SLACK = 250;

/** Longest silence that is measured: more than the patience with any host. In ms. */
const LONGEST_SILENCE = 200_000;

/** Messages that are requested from all hosts together. */
const REQUESTED = 32_768;

export interface FleetOptions {
  readonly nats: NatsOptions;
  /** The address for people, and the endpoint of events. */
  readonly endpoint: string;
  /** Tests whether a host is read. Default: all. */
  readonly isWanted?: ((host: string) => boolean) | undefined;
  /** Positions to continue from; each is moved as soon as its event has been emitted. */
  readonly positions: Map<string, HostPosition>;
  /** Start of hosts without a position: all that their streams keep, from now on, or a time in ms. */
  readonly start: 'oldest' | 'new' | number;
  /** True while no event must be emitted. */
  readonly paused?: Observable<boolean> | undefined;
  /** Called with the end of a stream whose start is `new`: reading begins after it. */
  readonly onBase?: ((host: string, position: HostPosition) => void) | undefined;
  /** Reports a state for people, and the version of the server once connected. */
  readonly onState?: ((state: FleetState) => void) | undefined;
  /** Tells for people: a host is silent, or is not waited for. */
  readonly onNotice?: ((text: string) => void) | undefined;
  readonly scheduler?: SchedulerLike | undefined;
}

/** Hosts of a fleet. */
export interface FleetState {
  readonly version: string | undefined;
  /** True once all hosts have been read up to the present. */
  readonly live: boolean;
  readonly hosts: number;
  readonly silent: readonly string[];
}

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

/**
 * Emits the events of all hosts by time, those of each host in its order. Errors if the connection is
 * lost: subscribing again continues after the positions. Unsubscribing closes the connection.
 */
export function readFleet(options: FleetOptions): Observable<FleetEvent> {
  const { scheduler = asyncScheduler } = options;
  return new Observable<FleetEvent>((out) => {
    const merged = new Subject<Entry>();
    out.add(
      merged.pipe(inOrder({ slack: SLACK, scheduler })).subscribe((entry) => {
        if (entry.position !== undefined) options.positions.set(entry.host, entry.position);
        out.next(entry);
      }),
    );
    const fail = (error: unknown): void => out.error(error);
    let reading: Reading | undefined;
    const begin = async (): Promise<void> => {
      const nats = await connectNats(options.nats, 'tidings fleet', '_INBOX_tidings');
      if (out.closed) await nats.connection.close();
      else reading = new Reading(options, nats, (entry) => merged.next(entry), fail);
    };
    begin().catch(fail);
    return () => reading?.close();
  });
}

interface Host {
  readonly reader: StreamReader;
  /** True until its past has been read. */
  reads: boolean;
}

/** The last event of a host that was merged. */
interface Last {
  readonly position: HostPosition | undefined;
  /** The time by which it was ordered. */
  readonly timeNano: bigint;
}

class Reading {
  readonly #options: FleetOptions;
  readonly #scheduler: SchedulerLike;
  readonly #nats: Nats;
  readonly #jetStream: JetStream;
  readonly #merge: HostMerge<Entry>;
  readonly #events: HostEvents;
  readonly #lives: HostLives;
  readonly #hosts = new Map<string, Host>();
  /** Readers by the names of their streams. */
  readonly #readers = new Map<string, StreamReader>();
  /** Also those of hosts that left: their events may still wait. */
  readonly #last = new Map<string, Last>();
  readonly #all = new Subscription();
  readonly #elapsed: () => number;
  readonly #fail: (error: unknown) => void;
  #looking = false;
  /** True after the first look: later hosts are new. */
  #looked = false;
  #state = '';

  constructor(
    options: FleetOptions,
    nats: Nats,
    emit: (entry: Entry) => void,
    fail: (error: unknown) => void,
  ) {
    const { endpoint, scheduler = asyncScheduler, onNotice, paused } = options;
    this.#options = options;
    this.#scheduler = scheduler;
    const stopwatch = new Stopwatch(LONGEST_SILENCE, scheduler);
    this.#elapsed = () => stopwatch.hold();
    this.#all.add(() => stopwatch.stop());
    this.#nats = nats;
    this.#fail = fail;
    this.#jetStream = new JetStream(nats);
    this.#events = new HostEvents(endpoint);
    this.#merge = new HostMerge<Entry>({
      ...{ wait: WAIT, scheduler, emit },
      onRoom: (host) => this.#hosts.get(host)?.reader.pull(),
      onOvertaken: (host) => {
        onNotice?.(`host ${JSON.stringify(host)} does not answer: its events will follow`);
        this.#live(host);
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
    const { connection, inbox } = nats;
    connection.subscribe(`${inbox}.*`, {
      callback: (error, message) => {
        if (error !== null) return fail(error);
        const place = placeOf(message.reply ?? '');
        if (place !== undefined) this.#readers.get(place.stream)?.take(place, message);
        else this.#readers.get(message.subject.slice(inbox.length + 1))?.status(message);
      },
    });
    connection.subscribe(ALL_HEARTBEATS, {
      callback: (error, message) => {
        const host = error === null ? hostOfHeartbeat(message.subject) : undefined;
        if (host !== undefined) this.#hear(host, message.data);
      },
    });
    void connection.closed().then((error) => fail(error ?? new Error('the connection to NATS was closed')));
    this.#all.add(interval(LOOK, scheduler).subscribe(() => void this.#look()));
    void this.#look();
  }

  close(): void {
    this.#all.unsubscribe();
    this.#merge.close();
    for (const { reader } of this.#hosts.values()) reader.close();
    this.#hosts.clear();
    closeNats(this.#nats);
  }

  /** Looks for hosts that came and went, and checks the consumers of the others. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const { isWanted = () => true } = this.#options;
      const streams = await this.#jetStream.names(ALL_EVENTS);
      const found = new Set(streams.flatMap((stream) => hostOfStream(stream) ?? []).filter(isWanted));
      if (this.#all.closed) return;
      for (const host of found) if (!this.#hosts.has(host)) this.#join(host);
      for (const [host, { reader }] of this.#hosts) {
        if (found.has(host)) reader.check();
        else this.#leave(host);
      }
      this.#looked = true;
      this.#lives.check();
      this.#report();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#looking = false;
    }
  }

  #join(host: string): void {
    const { positions, start } = this.#options;
    // Waiting events have been read: a host that comes back continues after them.
    const position = this.#last.get(host)?.position ?? positions.get(host);
    const { size } = this.#hosts;
    this.#merge.join(host);
    const reader = new StreamReader({
      ...{ nats: this.#nats, jetStream: this.#jetStream, host, position },
      // The first events of a host that comes later are new too.
      start: this.#looked
        ? { from: 'oldest' }
        : typeof start === 'number'
          ? { time: start }
          : { from: start },
      batch: () => Math.max(16, Math.min(256, Math.floor(REQUESTED / Math.max(1, this.#hosts.size, size)))),
      hasRoom: () => this.#merge.hasRoom(host),
      elapsed: this.#elapsed,
      onMessage: ({ position: next, text, storedAt }) => {
        const event = this.#events.read(host, text, next);
        this.#push(host, event, this.#lives.timeOf(host, event.timeNano, storedAt), next);
      },
      onLoss: (loss) => {
        const source = this.#events.sourceOf(host);
        const gap = gapEvent({ ...loss, source, timeNano: this.#now() });
        // Before the next event of the host.
        this.#push(host, gap, 0n);
      },
      onBase: (base) => {
        positions.set(host, base);
        this.#options.onBase?.(host, base);
      },
      onLive: () => this.#live(host),
      onGone: () => this.#leave(host),
      onError: (error) => this.#fail(error),
    });
    this.#hosts.set(host, { reader, reads: true });
    this.#readers.set(streamOf(host), reader);
    this.#lives.join(host);
  }

  #live(host: string): void {
    this.#merge.live(host);
    const found = this.#hosts.get(host);
    if (found?.reads !== true) return;
    found.reads = false;
    this.#report();
  }

  #leave(host: string): void {
    const found = this.#hosts.get(host);
    if (found === undefined) return;
    found.reader.close();
    this.#hosts.delete(host);
    this.#readers.delete(streamOf(host));
    this.#merge.leave(host);
    this.#lives.leave(host);
    this.#report();
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

  #hear(host: string, data: Uint8Array): void {
    const { isWanted = () => true } = this.#options;
    const beat = isWanted(host) ? readHeartbeat(data) : undefined;
    if (beat === undefined) return;
    this.#lives.hear(host, beat);
    // Its stream may be new.
    if (this.#looked && !this.#hosts.has(host)) void this.#look();
  }

  /** An event about a host: it is silent, or is there again. */
  #tell(host: string, life: HostLife): void {
    const { onNotice } = this.#options;
    const { timeNano, action, detail } = { timeNano: this.#now(), ...life };
    onNotice?.(`host ${JSON.stringify(host)}: ${detail}`);
    const event = new OwnEvent({
      ...{ timeNano, type: 'host', action, id: host, name: host, attributes: { detail }, scope: undefined },
      source: this.#events.sourceOf(host),
    });
    this.#merge.push(host, { event, host, position: undefined, timeNano });
    this.#report();
  }

  #report(): void {
    const { onState } = this.#options;
    if (onState === undefined || !this.#looked) return;
    const live = [...this.#hosts.values()].every(({ reads }) => !reads);
    const state = { live, hosts: this.#hosts.size, silent: this.#lives.silent };
    const text = JSON.stringify(state);
    if (text === this.#state) return;
    this.#state = text;
    onState({ ...state, version: this.#nats.connection.info?.version });
  }

  #now(): bigint {
    return BigInt(Math.trunc(this.#scheduler.now())) * 1_000_000n;
  }
}
