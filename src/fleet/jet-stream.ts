/**
 * The few requests of JetStream's API that a fleet needs, as JSON. They have not changed since
 * nats-server 2.9: no array of filter subjects, no compression and no metadata.
 */
import { messageOf, type Nats } from './nats.ts';

/** Time for an answer: in ms. */
const WITHIN = 5000;

/** Numbers of errors: https://github.com/nats-io/nats-server/blob/main/server/errors.json */
const STREAM_NOT_FOUND = 10059;
const NO_MESSAGE = 10037;
export const WRONG_LAST: ReadonlySet<number> = new Set([10070, 10071, 10164]);

/** Remedies by the number of the error. */
const REMEDIES: Readonly<Record<number, string>> = {
  10039: 'enable JetStream for this account',
  10076: 'start nats-server with -js, or with jetstream in its configuration',
  10065: 'another stream already takes these subjects: delete it, or take them out of its configuration',
  10058: 'a stream of that name exists with other settings: delete it, or create it by hand',
  10074: 'replicas above 1 need a cluster: set replicas: 1',
  10005: 'the cluster has too few servers for so many replicas: set fewer',
  10047: 'its storage is full: raise max_file_store, or let streams keep less',
  10023: 'its resources are used up: raise the limits of JetStream',
  10028: "the account's resources are used up: raise its limits, or let streams keep less",
  10077: 'the stream is full and set to discard new messages: raise its limits, or set discard: old',
  10054: 'raise max_msg_size of the stream',
  10008: 'wait for the cluster to elect a leader',
};

/** An error that JetStream answered. Its message states the remedy, if there is one. */
export class JetStreamError extends Error {
  override readonly name = 'JetStreamError';
  readonly code: number;

  constructor(code: number, description: string, subject: string) {
    const remedy = REMEDIES[code];
    super(`JetStream refuses ${subject}: ${description}${remedy === undefined ? '' : `: ${remedy}`}`);
    this.code = code;
  }
}

export interface StreamInfo {
  /** The number of its oldest message; more than `lastSeq` if it is empty. */
  readonly firstSeq: number;
  /** The highest number that it has given. */
  readonly lastSeq: number;
  readonly messages: number;
  readonly bytes: number;
  /** The moment of its creation: it identifies a stream among others of that name. */
  readonly created: string;
}

/** A message that a stream holds. */
export interface StoredMessage {
  readonly seq: number;
  /** Its `Nats-Msg-Id`. */
  readonly id: string | undefined;
  /** Time of storing: ms since the Unix epoch, by the server's clock. */
  readonly storedAt: number;
}

export interface StreamSettings {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly replicas: number;
  /** Longest age in ms, 0 for no limit. */
  readonly maxAge: number;
  /** Most bytes, -1 for no limit. */
  readonly maxBytes: number;
}

interface RawInfo {
  readonly created: string;
  readonly state: {
    readonly first_seq: number;
    readonly last_seq: number;
    readonly messages: number;
    readonly bytes: number;
  };
}

function infoOf({ created, state }: RawInfo): StreamInfo {
  const { first_seq: firstSeq, last_seq: lastSeq, messages, bytes } = state;
  return { created, firstSeq, lastSeq, messages, bytes };
}

export class JetStream {
  readonly #nats: Nats;
  readonly #within: number;

  constructor(nats: Nats, within: number = WITHIN) {
    this.#nats = nats;
    this.#within = within;
  }

  /** Information about a stream; undefined if it does not exist. */
  async info(stream: string): Promise<StreamInfo | undefined> {
    const found = await this.#ask<RawInfo>(`STREAM.INFO.${stream}`, {}, STREAM_NOT_FOUND);
    return found && infoOf(found);
  }

  /** Creates a stream that keeps messages in files and discards the oldest ones. */
  async create({ name, subjects, replicas, maxAge, maxBytes }: StreamSettings): Promise<StreamInfo> {
    const settings = {
      ...{ name, subjects, retention: 'limits', storage: 'file', discard: 'old', num_replicas: replicas },
      ...{ max_age: maxAge * 1e6, max_bytes: maxBytes, max_msgs: -1, max_consumers: -1 },
      duplicate_window: 120e9,
      ...(maxAge > 0 && maxAge < 120_000 ? { duplicate_window: maxAge * 1e6 } : {}),
    };
    return infoOf((await this.#ask<RawInfo>(`STREAM.CREATE.${name}`, settings)) as RawInfo);
  }

  /** A message of a stream; undefined if it is gone. */
  async message(stream: string, seq: number): Promise<StoredMessage | undefined> {
    const found = await this.#ask<{
      readonly message: { readonly seq: number; readonly hdrs?: string; readonly time: string };
    }>(`STREAM.MSG.GET.${stream}`, { seq }, NO_MESSAGE);
    if (found === undefined) return undefined;
    const { hdrs = '', time } = found.message;
    const headers = Buffer.from(hdrs, 'base64').toString('utf8');
    const id = /^Nats-Msg-Id:[ ]?(.*?)\r?$/im.exec(headers)?.[1];
    return { seq: found.message.seq, id, storedAt: Date.parse(time) };
  }

  /** The names of all streams with such subjects. */
  async names(subjects: string): Promise<readonly string[]> {
    const names: string[] = [];
    for (;;) {
      const page = await this.#ask<{ readonly total: number; readonly streams: readonly string[] | null }>(
        'STREAM.NAMES',
        { subject: subjects, offset: names.length },
      );
      const streams = page?.streams ?? [];
      names.push(...streams);
      if (streams.length === 0 || names.length >= (page?.total ?? 0)) return names;
    }
  }

  /**
   * Creates a consumer that lasts as long as it is used: in the order of the stream, without
   * acknowledgements.
   *
   * @returns undefined if the stream does not exist
   */
  async createConsumer(
    stream: string,
    start: ConsumerStart,
    unusedFor: number,
  ): Promise<Consumer | undefined> {
    const config = {
      ...{ ack_policy: 'none', replay_policy: 'instant', mem_storage: true, num_replicas: 1 },
      ...{ inactive_threshold: unusedFor * 1e6, max_waiting: 4 },
      ...('seq' in start
        ? { deliver_policy: 'by_start_sequence', opt_start_seq: Math.max(1, start.seq) }
        : 'time' in start
          ? { deliver_policy: 'by_start_time', opt_start_time: new Date(start.time).toISOString() }
          : { deliver_policy: 'all' }),
    };
    const body = { stream_name: stream, config };
    const found = await this.#ask<{ readonly name: string; readonly num_pending: number }>(
      `CONSUMER.CREATE.${stream}`,
      body,
      STREAM_NOT_FOUND,
    );
    return found && { name: found.name, pending: found.num_pending };
  }

  /** Deletes a consumer, without waiting for the answer. */
  deleteConsumer(stream: string, consumer: string): void {
    this.#nats.connection.publish(`$JS.API.CONSUMER.DELETE.${stream}.${consumer}`);
  }

  async #ask<T>(call: string, body: object, absent?: number): Promise<T | undefined> {
    const { connection } = this.#nats;
    let text: string;
    try {
      const answer = await connection.request(`$JS.API.${call}`, JSON.stringify(body), {
        timeout: this.#within,
      });
      text = answer.string();
    } catch (error) {
      throw new Error(requestFailure(error, call, connection.info?.jetstream === true, this.#within), {
        cause: error,
      });
    }
    const { error, ...rest } = JSON.parse(text) as {
      readonly error?: { readonly err_code: number; readonly description: string };
    };
    if (error === undefined) return rest as T;
    if (error.err_code === absent) return undefined;
    throw new JetStreamError(error.err_code, error.description, call);
  }
}

export interface Consumer {
  readonly name: string;
  /** Count of messages from its start on. */
  readonly pending: number;
}

/** Start of a consumer: at a number, at a time in ms, or at the oldest message. */
export type ConsumerStart =
  | { readonly seq: number }
  | { readonly time: number }
  | { readonly from: 'oldest' };

function requestFailure(error: unknown, call: string, hasJetStream: boolean, within: number): string {
  const text = messageOf(error);
  if (/no responders/i.test(text)) {
    return hasJetStream
      ? `JetStream does not answer ${call}: its cluster has no leader at present`
      : 'JetStream is not enabled on this server: start nats-server with -js, or with jetstream in its configuration';
  }
  if (/permission/i.test(text))
    return `the user may not ask for ${call} (${text}): docs/fleet.md lists the permissions`;
  if (/timeout/i.test(text)) return `JetStream did not answer ${call} within ${within / 1000} s`;
  return text;
}
