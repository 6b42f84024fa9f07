/**
 * Publishes the events of one host to its stream. Each message names the one before it
 * (`Nats-Expected-Last-Msg-Id`), so that a batch can be sent without waiting for each answer: after
 * one message is lost, the server refuses all that follow.
 */
import { randomUUID } from 'node:crypto';
import type { MsgHdrs, Subscription as NatsSubscription } from '@nats-io/transport-node';
import { interval, Observable, type SchedulerLike, Subject, type Subscription } from 'rxjs';
import type { Log } from '../log.ts';
import { EVERY, type Heartbeat, readHeartbeat } from './heartbeat.ts';
import { JetStream, JetStreamError, type StreamInfo, WRONG_LAST } from './jet-stream.ts';
import { eventsOf, encodeToken, heartbeatsOf, streamOf, subjectOf } from './names.ts';
import { closeNats, connectNats, messageOf, type Nats, type NatsOptions } from './nats.ts';
import { Rivals } from './rivals.ts';

/** Name of the header with the id of an event's object, encoded as a subject's token. */
const ID_HEADER = 'Tidings-Id';
/** Name of the header with the cursor before, on the first message after a connection. */
const AFTER_HEADER = 'Tidings-After';

/** Time for other daemons of the host to answer a first heartbeat: in ms. */
const ANSWER_WITHIN = 500;

/** Bytes of a message that its headers and the protocol may take. */
const OVERHEAD = 4096;

/** Longest id in a header: in characters. A longer one is in the event alone. */
const LONGEST_ID = 1024;

export interface PublisherOptions extends NatsOptions {
  /** The name of this host. */
  readonly host: string;
  /** True to create the stream if it does not exist. */
  readonly create: boolean;
  /** Settings of a new stream: copies in a cluster, 1 to 5; age in ms and bytes, unlimited by default. */
  readonly replicas: number;
  readonly maxAge: number;
  readonly maxBytes: number;
}

export interface PublisherContext {
  readonly log: Log;
  readonly scheduler: SchedulerLike;
}

/** An event to publish. */
export interface Publication {
  readonly event: { readonly type: string; readonly id: string };
  readonly cursor: string;
  readonly text: string;
  readonly bytes: number;
}

/**
 * Result of a publication: `done`; `large`: the first event is too large for the server, or the
 * event at `accepted`; `failed`: the stream's end must be read before another try.
 */
export interface Published {
  readonly result: 'done' | 'large' | 'failed';
  readonly detail: string;
  /** Count of the first events that are stored. */
  readonly accepted: number;
}

/** End of a stream: a cursor; `nothing` if it never held a message, `unknown` if the last has expired. */
export type StreamEnd = { readonly cursor: string } | 'nothing' | 'unknown';

interface Link {
  readonly nats: Nats;
  readonly stream: JetStream;
  readonly acks: NatsSubscription;
  readonly beats: Subscription;
  /** The reason for its end; undefined while it is open. */
  lost: string | undefined;
}

/** The acknowledgements that a batch waits for. */
interface Waiting {
  /** The numbers of its messages: from, and up to but not including. */
  readonly from: number;
  to: number;
  /** Acknowledged so far. */
  count: number;
  end: (result: Published) => void;
}

export class Publisher {
  /** Emits the reason if the connection is lost while nothing is published: heartbeats end with it. */
  readonly lost: Subject<string> = new Subject();
  readonly #options: PublisherOptions;
  readonly #context: PublisherContext;
  readonly #own: Pick<Heartbeat, 'daemon' | 'since'>;
  readonly #rivals: Rivals;
  #link: Link | undefined;
  #asked = false;
  /** The number of the stream's last message, and its id, as read or acknowledged. */
  #lastSeq = 0;
  #lastId: string | undefined;
  /** True if the next message must name the number before it, as the server may have forgotten the id. */
  #first = true;
  /** True after an answer that another daemon could have caused. */
  #doubtful = false;
  #number = 0;
  #waiting: Waiting | undefined;

  constructor(options: PublisherOptions, context: PublisherContext) {
    this.#options = options;
    this.#context = context;
    const daemon = randomUUID();
    this.#own = { daemon, since: Math.trunc(context.scheduler.now()) };
    this.#rivals = new Rivals(this.#own);
  }

  /**
   * Reads the end of the stream, and creates the stream if it does not exist.
   *
   * @param isForeign tests whether a cursor is of another journal than this daemon's
   * @throws Error with a clause for people
   */
  async end(isForeign: (cursor: string) => boolean): Promise<StreamEnd> {
    const { host } = this.#options;
    const link = await this.#connected();
    this.#checkRivals();
    const name = streamOf(host);
    const info = (await link.stream.info(name)) ?? (await this.#create(link, name));
    this.#first = true;
    this.#lastSeq = info.lastSeq;
    this.#lastId = undefined;
    const message = info.messages === 0 ? undefined : await link.stream.message(name, info.lastSeq);
    if (message === undefined) {
      if (this.#doubtful) await this.#listen();
      return info.lastSeq === 0 ? 'nothing' : 'unknown';
    }
    const { id } = message;
    if (id === undefined) {
      throw new Error(
        `the last message of ${name} has no id: something else than tidings publishes to ${eventsOf(host)}`,
      );
    }
    if (this.#doubtful || isForeign(id)) await this.#listen();
    this.#lastId = id;
    return { cursor: id };
  }

  /** Publishes events after the end that was read or acknowledged last. Emits once; cancellable. */
  publish(items: readonly Publication[]): Observable<Published> {
    return new Observable((subscriber) => {
      const end = (result: Published): void => {
        if (this.#waiting === waiting) this.#waiting = undefined;
        subscriber.next(result);
        subscriber.complete();
      };
      const waiting: Waiting = { from: this.#number, to: this.#number, count: 0, end };
      try {
        this.#publish(items, waiting);
      } catch (error) {
        end({ result: 'failed', detail: messageOf(error), accepted: 0 });
      }
      return () => {
        if (this.#waiting !== waiting) return;
        this.#waiting = undefined;
        // Unanswered messages may still arrive: their connection must not be used again.
        this.#drop('it was cancelled');
      };
    });
  }

  /** The connection while it is open. */
  get #open(): Link | undefined {
    return this.#link?.lost === undefined ? this.#link : undefined;
  }

  #publish(items: readonly Publication[], waiting: Waiting): void {
    const link = this.#open;
    if (link === undefined) throw new Error(this.#link?.lost ?? 'not connected');
    this.#checkRivals();
    const most = (link.nats.connection.info?.max_payload ?? 2 ** 20) - OVERHEAD;
    const at = items.findIndex(({ bytes }) => bytes > most);
    const detail = `${items[at]?.bytes} bytes, and the server takes ${most}: raise max_payload`;
    if (at === 0) return waiting.end({ result: 'large', detail, accepted: 0 });
    const { end } = waiting;
    if (at > 0) {
      waiting.end = (result) =>
        end(result.result === 'done' ? { ...result, detail, result: 'large' } : result);
    }
    this.#send(link, at < 0 ? items : items.slice(0, at), waiting);
  }

  close(): void {
    if (this.#open !== undefined) this.#beat(this.#open, 'bye');
    this.#drop('it was closed');
  }

  #send({ nats }: Link, items: readonly Publication[], waiting: Waiting): void {
    const { host } = this.#options;
    const { from } = waiting;
    this.#number += items.length;
    waiting.to = this.#number;
    this.#waiting = waiting;
    for (const [i, { event, cursor, text }] of items.entries()) {
      const headers = nats.headers();
      headers.set('Nats-Msg-Id', cursor);
      headers.set('Nats-Expected-Stream', streamOf(host));
      this.#chain(headers);
      if (event.id !== '' && event.id.length <= LONGEST_ID) headers.set(ID_HEADER, encodeToken(event.id));
      const reply = `${nats.inbox}.${from + i}`;
      nats.connection.publish(subjectOf(host, event.type), text, { headers, reply });
      this.#lastId = cursor;
      this.#first = false;
    }
  }

  /** After a server's restart it no longer knows an id older than its window, but always the number. */
  #chain(headers: MsgHdrs): void {
    if (!this.#first) return headers.set('Nats-Expected-Last-Msg-Id', this.#lastId ?? '');
    headers.set('Nats-Expected-Last-Sequence', String(this.#lastSeq));
    if (this.#lastId !== undefined) headers.set(AFTER_HEADER, this.#lastId);
  }

  #acknowledged(number: number, text: string): void {
    const waiting = this.#waiting;
    if (waiting === undefined || !(number >= waiting.from && number < waiting.to)) return;
    const fail = (detail: string): void => waiting.end({ result: 'failed', detail, accepted: 0 });
    let answer: {
      readonly seq?: number;
      readonly duplicate?: boolean;
      readonly error?: { readonly err_code?: number; readonly code: number; readonly description: string };
    };
    try {
      answer =
        text === ''
          ? { error: { code: 503, description: 'no responders' } }
          : (JSON.parse(text) as typeof answer);
    } catch {
      return fail('an answer of the server is not JSON');
    }
    const { seq = 0, duplicate, error } = answer;
    if (error !== undefined) return fail(this.#refusal(error));
    if (duplicate === true) {
      this.#doubtful = true;
      return fail('an event is in the stream already: the end of the stream is read again');
    }
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    waiting.count++;
    if (waiting.count === waiting.to - waiting.from)
      waiting.end({ result: 'done', detail: 'it acknowledged', accepted: waiting.count });
  }

  #refusal({
    err_code: code = 0,
    description,
  }: {
    readonly err_code?: number;
    readonly description: string;
  }): string {
    const name = streamOf(this.#options.host);
    if (WRONG_LAST.has(code))
      return `${name} has another end than expected (${description}): it is read again`;
    if (code === 0) return `no stream takes ${eventsOf(this.#options.host)}, or it has no leader at present`;
    return new JetStreamError(code, description, `an event of ${name}`).message;
  }

  async #create({ stream }: Link, name: string): Promise<StreamInfo> {
    const { host, create, replicas, maxAge, maxBytes } = this.#options;
    const subjects = [eventsOf(host)];
    if (!create)
      throw new Error(
        `there is no stream ${name}, and create is false: create it for the subjects ${subjects.join()}`,
      );
    return await stream.create({ name, subjects, replicas, maxAge, maxBytes });
  }

  #checkRivals(): void {
    const since = this.#rivals.senior(this.#context.scheduler.now());
    if (since === undefined) return;
    const { host } = this.#options;
    const begin = new Date(since).toISOString();
    throw new Error(
      `another daemon publishes as host ${JSON.stringify(host)} since ${begin}: give one of them another name (host: in its file of forwarders)`,
    );
  }

  /** Waits until the messages of another publisher must have arrived. */
  async #listen(): Promise<void> {
    await this.#pause(EVERY + ANSWER_WITHIN);
    this.#checkRivals();
    this.#doubtful = false;
  }

  async #pause(millis: number): Promise<void> {
    await new Promise<void>((resolve) => this.#context.scheduler.schedule(() => resolve(), millis));
  }

  async #connected(): Promise<Link> {
    if (this.#open !== undefined) return this.#open;
    const { scheduler } = this.#context;
    const { host } = this.#options;
    const nats = await connectNats(this.#options, `tidings ${host}`, `_INBOX_${encodeToken(host)}`);
    const { connection, inbox } = nats;
    const acks = connection.subscribe(`${inbox}.*`, {
      callback: (_, message) =>
        this.#acknowledged(Number(message.subject.slice(inbox.length + 1)), message.string()),
    });
    const beats = interval(EVERY, scheduler).subscribe(() => this.#beat(link));
    const link: Link = { nats, stream: new JetStream(nats), acks, beats, lost: undefined };
    connection.subscribe(heartbeatsOf(host), {
      callback: (error, message) => (error === null ? this.#hear(link, message.data) : undefined),
    });
    const lose = (reason: string): void => this.#lose(link, reason);
    void connection
      .closed()
      .then((error) =>
        lose(
          error === undefined ? 'the connection was closed' : `the connection was lost: ${messageOf(error)}`,
        ),
      );
    void this.#watch(link);
    this.#link = link;
    this.#beat(link, 'hello');
    if (!this.#asked) await this.#pause(ANSWER_WITHIN);
    this.#asked = true;
    return link;
  }

  /** Reports what the server says outside of answers: a refused publication has no answer. */
  async #watch(link: Link): Promise<void> {
    for await (const status of link.nats.connection.status()) {
      if (status.type !== 'error') continue;
      const text = messageOf(status.error);
      const detail = /permission/i.test(text)
        ? `this user may not do that (${text}): docs/fleet.md lists the permissions of a host`
        : text;
      this.#waiting?.end({ result: 'failed', detail, accepted: 0 });
    }
  }

  #hear(link: Link, data: Uint8Array): void {
    const heard = readHeartbeat(data);
    if (heard === undefined || heard.daemon === this.#own.daemon) return;
    const isNew = this.#rivals.hear(heard, this.#context.scheduler.now());
    if (heard.word === 'hello') this.#beat(link);
    if (!isNew || this.#rivals.senior(this.#context.scheduler.now()) !== undefined) return;
    const { host } = this.#options;
    this.#context.log.warn(
      { host },
      `another daemon wants to publish as host ${JSON.stringify(host)}: it is refused as long as this one publishes`,
    );
  }

  #beat({ nats }: Link, word?: Heartbeat['word']): void {
    const { connection } = nats;
    if (connection.isClosed()) return;
    const now = Math.trunc(this.#context.scheduler.now());
    const beat: Heartbeat = { ...this.#own, now, every: EVERY, cursor: this.#lastId ?? '', word };
    connection.publish(heartbeatsOf(this.#options.host, this.#own.daemon), JSON.stringify(beat));
  }

  #lose(link: Link, reason: string): void {
    if (link.lost !== undefined) return;
    link.lost = reason;
    link.beats.unsubscribe();
    if (this.#link !== link) return;
    if (this.#waiting === undefined) this.lost.next(reason);
    else this.#waiting.end({ result: 'failed', detail: reason, accepted: 0 });
  }

  #drop(reason: string): void {
    const link = this.#link;
    this.#link = undefined;
    if (link === undefined) return;
    link.lost ??= reason;
    link.beats.unsubscribe();
    // After the last heartbeat.
    closeNats(link.nats);
  }
}
