/**
 * Reads all hosts of a fleet over one connection: finds their streams, and merges their events by
 * time.
 */
import { asyncScheduler, interval, Observable, type SchedulerLike, type Subscription } from 'rxjs';
import { readHeartbeat } from './heartbeat.ts';
import { JetStream } from './jet-stream.ts';
import { type FleetEvent, FleetOrder } from './fleet-order.ts';
import { ALL_EVENTS, ALL_HEARTBEATS, hostOfHeartbeat, hostOfStream, streamOf } from './names.ts';
import { closeNats, connectNats, messageOf, type Nats, type NatsOptions } from './nats.ts';
import type { HostPosition } from './host-position.ts';
import { placeOf, StreamReader } from './stream-reader.ts';

/** Interval of looks for new hosts, and of checks of consumers: in ms. */
const LOOK = 10_000;

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
  /** Hosts whose streams cannot be read at present. */
  readonly unreadable: readonly string[];
}

/**
 * Emits the events of all hosts by time, those of each host in its order. Errors if the connection is
 * lost: subscribing again continues after the positions. Unsubscribing closes the connection.
 */
export function readFleet(options: FleetOptions): Observable<FleetEvent> {
  return new Observable<FleetEvent>((out) => {
    const fail = (error: unknown): void => out.error(error);
    const emit = (one: FleetEvent): void => {
      if (one.position !== undefined) options.positions.set(one.host, one.position);
      out.next(one);
    };
    let reading: Reading | undefined;
    const begin = async (): Promise<void> => {
      const nats = await connectNats(options.nats, 'tidings fleet', '_INBOX_tidings');
      if (out.closed) await nats.connection.close();
      else reading = new Reading(options, nats, emit, fail);
    };
    begin().catch(fail);
    return () => reading?.close();
  });
}

class Reading {
  readonly #options: FleetOptions;
  readonly #nats: Nats;
  readonly #jetStream: JetStream;
  readonly #order: FleetOrder;
  readonly #hosts = new Map<string, StreamReader>();
  /** The same readers by the names of their streams. */
  readonly #readers = new Map<string, StreamReader>();
  readonly #unreadable = new Set<string>();
  readonly #looks: Subscription;
  readonly #fail: (error: unknown) => void;
  #looking = false;
  /** True after the first look: later hosts are new. */
  #looked = false;
  #state = '';

  constructor(
    options: FleetOptions,
    nats: Nats,
    emit: (event: FleetEvent) => void,
    fail: (error: unknown) => void,
  ) {
    const { endpoint, scheduler = asyncScheduler, onNotice, paused } = options;
    this.#options = options;
    this.#nats = nats;
    this.#fail = fail;
    this.#jetStream = new JetStream(nats);
    this.#order = new FleetOrder({
      ...{ endpoint, scheduler, paused, emit, onNotice },
      onRoom: (host) => this.#hosts.get(host)?.pull(),
      onChange: () => this.#report(),
    });
    const { connection, inbox } = nats;
    connection.subscribe(`${inbox}.*.*`, {
      callback: (error, message) => {
        if (error !== null) return fail(error);
        const place = placeOf(message.reply ?? '');
        const [stream = '', generation] = message.subject.slice(inbox.length + 1).split('.');
        if (place !== undefined) this.#readers.get(place.stream)?.take(place, message);
        else this.#readers.get(stream)?.status(message, Number(generation));
      },
    });
    connection.subscribe(ALL_HEARTBEATS, {
      callback: (error, message) => {
        const host = error === null ? hostOfHeartbeat(message.subject) : undefined;
        if (host !== undefined) this.#hear(host, message.data);
      },
    });
    void connection.closed().then((error) => fail(error ?? new Error('the connection to NATS was closed')));
    this.#looks = interval(LOOK, scheduler).subscribe(() => void this.#look());
    void this.#look();
  }

  close(): void {
    this.#looks.unsubscribe();
    this.#order.close();
    for (const reader of this.#hosts.values()) reader.close();
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
      if (this.#looks.closed) return;
      for (const host of found) if (!this.#hosts.has(host)) this.#join(host);
      for (const [host, reader] of this.#hosts) {
        if (found.has(host)) reader.check();
        else this.#leave(host);
      }
      this.#looked = true;
      this.#report();
    } catch (error) {
      // The streams that are known are read on: a lost connection is noticed by itself.
      if (!this.#looked) this.#fail(error);
    } finally {
      this.#looking = false;
    }
  }

  #join(host: string): void {
    const { positions, start } = this.#options;
    const { size } = this.#hosts;
    const order = this.#order;
    order.join(host);
    const reader = new StreamReader({
      ...{ nats: this.#nats, jetStream: this.#jetStream, host, elapsed: order.elapsed },
      // Waiting events have been read: a host that comes back continues after them.
      position: order.positionOf(host) ?? positions.get(host),
      // The first events of a host that comes later are new too.
      start: this.#looked
        ? { from: 'oldest' }
        : typeof start === 'number'
          ? { time: start }
          : { from: start },
      batch: () => Math.max(16, Math.min(256, Math.floor(REQUESTED / Math.max(1, this.#hosts.size, size)))),
      hasRoom: () => order.hasRoom(host),
      onMessage: (message) => order.take(host, message),
      onLoss: (loss) => order.lose(host, loss),
      onBase: (base) => {
        positions.set(host, base);
        this.#options.onBase?.(host, base);
      },
      onLive: () => order.live(host),
      onGone: () => this.#leave(host),
      onProblem: (error) => this.#setReadable(host, error),
    });
    this.#hosts.set(host, reader);
    this.#readers.set(streamOf(host), reader);
  }

  /** A stream without a leader, say: the others are read on, and do not wait for it. */
  #setReadable(host: string, problem: unknown): void {
    const { onNotice } = this.#options;
    const name = `host ${JSON.stringify(host)}`;
    if (problem === undefined) {
      this.#unreadable.delete(host);
      onNotice?.(`${name}: its stream is read again`);
    } else {
      this.#unreadable.add(host);
      onNotice?.(`${name}: its stream cannot be read: ${messageOf(problem)}; trying again`);
      this.#order.live(host);
    }
    this.#report();
  }

  #leave(host: string): void {
    const reader = this.#hosts.get(host);
    if (reader === undefined) return;
    reader.close();
    this.#unreadable.delete(host);
    this.#hosts.delete(host);
    this.#readers.delete(streamOf(host));
    this.#order.leave(host);
  }

  #hear(host: string, data: Uint8Array): void {
    const { isWanted = () => true } = this.#options;
    const beat = isWanted(host) ? readHeartbeat(data) : undefined;
    if (beat === undefined) return;
    this.#order.hear(host, beat);
    // Its stream may be new.
    if (this.#looked && !this.#hosts.has(host)) void this.#look();
  }

  #report(): void {
    const { onState } = this.#options;
    if (onState === undefined || !this.#looked) return;
    const state = {
      ...{ live: this.#order.isLive, hosts: this.#hosts.size },
      ...{ silent: this.#order.silent, unreadable: [...this.#unreadable] },
    };
    const text = JSON.stringify(state);
    if (text === this.#state) return;
    this.#state = text;
    onState({ ...state, version: this.#nats.connection.info?.version });
  }
}
