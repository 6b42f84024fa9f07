/**
 * Reads the stream of one host from a position, without a hole or a repeat: each message names the
 * one before it, and its cursor shows whether it has been read.
 */
import type { Msg } from '@nats-io/transport-node';
import { parseCursor } from '../collector/cursor.ts';
import type { ConsumerStart, JetStream, StreamInfo } from './jet-stream.ts';
import type { Nats } from './nats.ts';
import { streamOf } from './names.ts';
import type { HostPosition } from './host-position.ts';

/** Life of one request for messages, and the interval of the server's signs of life: in ms. */
const EXPIRES = 60_000;
const SIGN = 15_000;

/** A consumer without a sign of life for this time is made again: in ms. */
const DEAD_AFTER: number = 3 * SIGN;

/** Time after which the server deletes an unused consumer: in ms. */
const UNUSED = 120_000;

/** Distance before the last read message at which a changed stream is read again: in ms. */
const BACK = 60_000;

/** A message of a stream. */
export interface StreamMessage {
  readonly position: HostPosition;
  /** The event as JSON. */
  readonly text: string;
  /** The time at which the stream stored it: nanoseconds since the Unix epoch. */
  readonly storedAt: bigint;
}

/** A loss that the reader found. */
export interface StreamLoss {
  readonly reason: 'expired' | 'upstream';
  /** The cause, for people. */
  readonly detail: string;
  /** Count of lost messages, if it is known. */
  readonly count?: number | undefined;
}

export interface StreamReaderOptions {
  readonly nats: Nats;
  readonly jetStream: JetStream;
  readonly host: string;
  /** The last message that was read; undefined to begin as `start` says. */
  readonly position: HostPosition | undefined;
  /** Start without a position. */
  readonly start: Exclude<ConsumerStart, { readonly seq: number }> | { readonly from: 'new' };
  /** Messages of one request: 1 or more. */
  readonly batch: () => number;
  /** True if there is room for more messages. */
  readonly hasRoom: () => boolean;
  /** Elapsed time since any start, whatever happens to clocks: in ms. */
  readonly elapsed: () => number;
  readonly onMessage: (message: StreamMessage) => void;
  /** Called with the end of the stream if reading begins after it. */
  readonly onBase: (position: HostPosition) => void;
  readonly onLoss: (loss: StreamLoss) => void;
  /** Called once all messages that the stream held at the start have been read. */
  readonly onLive: () => void;
  /** Called if the stream does not exist any more. */
  readonly onGone: () => void;
  /**
   * Called if the stream cannot be read: each {@link StreamReader.check} tries again. Called with
   * undefined once it can be read again.
   */
  readonly onProblem: (error: unknown) => void;
}

export class StreamReader {
  /** The last message that was read. */
  position: HostPosition | undefined;
  readonly #options: StreamReaderOptions;
  readonly #stream: string;
  #consumer: string | undefined;
  /** Count of consumers: what the server says about requests to a former one does not count. */
  #generation = 0;
  /** True if the last attempt to make a consumer failed. */
  #failed = false;
  /** Count of messages that the server still owes for open requests. */
  #owed = 0;
  /** The number of the stream's last message at the start; undefined once it has been reached. */
  #until: number | undefined;
  #lastSign: number;
  /** Messages up to the position are skipped: the reader went back. */
  #seeking = false;
  /** The next message need not follow the position: a loss has been reported. */
  #forgiving = false;
  #opening = false;
  #closed = false;

  constructor(options: StreamReaderOptions) {
    this.#options = options;
    this.#stream = streamOf(options.host);
    this.position = options.position;
    this.#lastSign = options.elapsed();
    void this.#open();
  }

  /** True if the consumer has to be made again. Call it every few seconds. */
  check(): void {
    if (this.#opening || this.#closed) return;
    const isDead = this.#options.elapsed() - this.#lastSign > DEAD_AFTER;
    if (this.#failed || isDead) void this.#open();
  }

  /** Requests more messages if there is room: call it when there is room again. */
  pull(): void {
    const { nats, batch, hasRoom } = this.#options;
    if (this.#consumer === undefined || this.#closed || !hasRoom()) return;
    const size = batch();
    if (this.#owed > size / 2) return;
    this.#owed += size;
    const request = { batch: size, expires: EXPIRES * 1e6, idle_heartbeat: SIGN * 1e6 };
    nats.connection.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${this.#stream}.${this.#consumer}`,
      JSON.stringify(request),
      { reply: `${nats.inbox}.${this.#stream}.${this.#generation}` },
    );
  }

  /** Takes a message of its stream. */
  take(place: Place, message: Msg): void {
    // One of a former consumer is not taken.
    if (this.#closed || place.consumer !== this.#consumer) return;
    this.#lastSign = this.#options.elapsed();
    this.#owed = Math.max(0, this.#owed - 1);
    this.#read(message, place);
    if (this.#until !== undefined && (place.pending === 0 || place.seq >= this.#until)) this.#live();
    this.pull();
  }

  /** Takes what the server says about a request to a consumer of that generation. */
  status({ headers }: Msg, generation: number): void {
    if (this.#closed || generation !== this.#generation) return;
    this.#lastSign = this.#options.elapsed();
    const code = headers?.code ?? 0;
    if (code === 100) return; // A sign of life.
    // 404 and 408: no messages, or the request has ended. All others: the consumer is gone.
    if (code !== 404 && code !== 408) return void this.#open();
    this.#owed = Math.max(0, this.#owed - Number(headers?.get('Nats-Pending-Messages') || this.#owed));
    this.pull();
  }

  close(): void {
    this.#closed = true;
    const { nats, jetStream } = this.#options;
    if (this.#consumer === undefined || nats.connection.isClosed()) return;
    jetStream.deleteConsumer(this.#stream, this.#consumer);
  }

  #live(): void {
    this.#until = undefined;
    this.#options.onLive();
  }

  #read(message: Msg, { seq, nanos }: Place): void {
    const { headers } = message;
    const cursor = headers?.get('Nats-Msg-Id') ?? '';
    const after = headers?.get('Nats-Expected-Last-Msg-Id') || headers?.get('Tidings-After') || undefined;
    const at = Number(nanos / 1_000_000n);
    const next: HostPosition = { seq, cursor, at };
    const { position } = this;
    if (!isCursor(cursor)) {
      const detail = `message ${seq} of ${this.#stream} has no valid id: it is left out`;
      return this.#options.onLoss({ reason: 'upstream', detail, count: 1 });
    }
    if (position !== undefined) {
      const order = compare(cursor, position.cursor);
      if (order === 0) this.#seeking = false;
      if (order === 0 || (order !== undefined && order < 0)) {
        // A repeat: the place in the stream may be another one than before.
        if (order === 0) this.position = next;
        return;
      }
      if (order === undefined && this.#seeking && at <= (position.at ?? 0)) return;
      const follows = after === undefined || after === position.cursor || this.#forgiving;
      if (!follows && !this.#seeking) return this.#goBack();
      if (!follows) {
        const detail = `the stream of host ${JSON.stringify(this.#options.host)} has no event between ${position.cursor} and ${cursor}, but there was one: ${after}`;
        this.#options.onLoss({ reason: 'upstream', detail });
      }
    }
    this.#seeking = false;
    this.#forgiving = false;
    this.position = next;
    this.#options.onMessage({ position: next, text: message.string(), storedAt: nanos });
  }

  /** The stream is not the one that was read: its numbers went back, and were given again. */
  #goBack(): void {
    this.#seeking = true;
    void this.#open();
  }

  async #open(): Promise<void> {
    if (this.#opening || this.#closed) return;
    this.#opening = true;
    const { jetStream, onGone, onProblem } = this.#options;
    const former = this.#consumer;
    this.#consumer = undefined;
    this.#generation++;
    const failedBefore = this.#failed;
    this.#failed = false;
    this.#owed = 0;
    this.#lastSign = this.#options.elapsed();
    try {
      if (former !== undefined) jetStream.deleteConsumer(this.#stream, former);
      const info = await jetStream.info(this.#stream);
      const start = info && (await this.#start(info));
      const consumer = start && (await jetStream.createConsumer(this.#stream, start, UNUSED));
      if (this.#isClosed) {
        if (consumer !== undefined) jetStream.deleteConsumer(this.#stream, consumer.name);
        return;
      }
      if (info === undefined || consumer === undefined) return onGone();
      if (failedBefore) onProblem(undefined);
      this.#consumer = consumer.name;
      this.#until = consumer.pending === 0 ? undefined : info.lastSeq;
      if (this.#until === undefined) this.#options.onLive();
      this.#lastSign = this.#options.elapsed();
      this.pull();
    } catch (error) {
      this.#failed = true;
      if (!this.#isClosed && !failedBefore) onProblem(error);
    } finally {
      this.#opening = false;
    }
  }

  /** It may change while something is awaited. */
  get #isClosed(): boolean {
    return this.#closed;
  }

  async #start(info: StreamInfo): Promise<ConsumerStart> {
    const { position } = this;
    if (position === undefined) return await this.#begin(info);
    const { seq, cursor, at } = position;
    if (this.#seeking) return this.#earlier(at);
    if (seq < info.firstSeq - 1 && info.lastSeq >= seq) {
      const count = info.firstSeq - 1 - seq;
      const host = JSON.stringify(this.#options.host);
      const detail = `${count} events of host ${host} expired in its stream before they were read`;
      this.#options.onLoss({ reason: 'expired', detail, count });
      this.#forgiving = true;
      return { seq: info.firstSeq };
    }
    if (seq === info.firstSeq - 1) return { seq: seq + 1 };
    const found = seq <= info.lastSeq ? await this.#options.jetStream.message(this.#stream, seq) : undefined;
    if (found?.id === cursor) return { seq: seq + 1 };
    this.#seeking = true;
    return this.#earlier(at);
  }

  /** Begins at the end of the stream by its number: a later connection continues there. */
  async #begin({ lastSeq, messages }: StreamInfo): Promise<ConsumerStart> {
    const { start, jetStream, onBase } = this.#options;
    if ('time' in start || start.from === 'oldest') return start;
    if (messages === 0) return { seq: lastSeq + 1 };
    const last = await jetStream.message(this.#stream, lastSeq);
    if (last?.id === undefined || !isCursor(last.id)) return { seq: lastSeq + 1 };
    this.position = { seq: lastSeq, cursor: last.id, at: last.storedAt };
    onBase(this.position);
    return { seq: lastSeq + 1 };
  }

  #earlier(at: number | undefined): ConsumerStart {
    return at === undefined ? { from: 'oldest' } : { time: at - BACK };
  }
}

/** The place of a message. */
export interface Place {
  readonly stream: string;
  readonly consumer: string;
  readonly seq: number;
  /** The time of storing: nanoseconds since the Unix epoch. */
  readonly nanos: bigint;
  /** Count of later messages in the stream. */
  readonly pending: number;
}

/**
 * Reads the reply subject of a message: `$JS.ACK.STREAM.CONSUMER.DELIVERED.SEQ.N.TIME.PENDING`, or
 * with a domain and the hash of an account before the stream.
 */
export function placeOf(reply: string): Place | undefined {
  const tokens = reply.split('.');
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return undefined;
  const at = tokens.length === 9 ? 2 : 4;
  const [stream = '', consumer = '', , seq, , time = '', pending] = tokens.slice(at);
  if (!/^\d+$/.test(time)) return undefined;
  return { stream, consumer, seq: Number(seq), nanos: BigInt(time), pending: Number(pending) };
}

function isCursor(text: string): boolean {
  try {
    return parseCursor(text).epoch !== '';
  } catch {
    return false;
  }
}

/** Order of two cursors; undefined if they are of different journals. */
function compare(one: string, other: string): number | undefined {
  const [a, b] = [parseCursor(one), parseCursor(other)];
  return a.epoch === b.epoch ? a.seq - b.seq : undefined;
}
