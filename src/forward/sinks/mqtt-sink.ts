/** MQTT 5: a message for each event, with QoS 1. Needs the package `mqtt`, loaded on first use. */
import type { IClientOptions, MqttClient } from 'mqtt';
import { concatMap, defer, from, Observable } from 'rxjs';
import nodeModule from 'node:module';
import { hostname } from 'node:os';
import { z } from 'zod';
import { readBy } from '../../checked-file/setting-fields.ts';
import { unanswered } from '../../delivery/http-post.ts';
import type { TlsMaterial } from '../../tls-material.ts';
import { type Outcome, reasonOf } from '../../delivery/outcome.ts';
import { credential, tlsMaterial } from '../../delivery/target.ts';
import { encodeEvent } from '../../encoders/ndjson-event.ts';
import type { EngineEvent } from '../../event.ts';
import { verbOf } from '../event-words.ts';
import type { Item, Sink, SinkContext, SinkKind } from '../sink.ts';

interface Options {
  readonly url: string;
  readonly topic: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly tls: TlsMaterial | undefined;
}

/** Time for a connection, in ms; the time limit of the attempt can be shorter. */
const CONNECT_WITHIN = 30_000;

const url = readBy(z.string(), (text) => {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed !== undefined && ['mqtt:', 'mqtts:'].includes(parsed.protocol) && parsed.username === '')
    return text;
  throw new RangeError(
    `invalid URL ${JSON.stringify(text.slice(0, 200))}: right would be mqtt://host:1883 or mqtts://host:8883`,
  );
});

/** A topic without wildcards. */
const topic = z.string().regex(/^[^#+\0]{1,1000}$/, 'must be a topic without # and +');

export const mqtt: SinkKind<Options> = {
  options: z
    .strictObject({
      url,
      topic: topic.optional(),
      user: z.string().min(1).optional(),
      password: credential.optional(),
      tls: tlsMaterial.optional(),
    })
    .transform(({ topic: prefix = `tidings/${hostname()}`, user, password, tls, ...rest }) => ({
      ...{ ...rest, topic: prefix, user, password, tls },
    })),
  describe: (options) => `${options.url} ${options.topic}`,
  open: (options, context) => new MqttSink(options, context),
};

class MqttSink implements Sink {
  readonly encode: typeof encodeEvent = encodeEvent;
  readonly #options: Options;
  readonly #context: SinkContext;
  #client: MqttClient | undefined;

  constructor(options: Options, context: SinkContext) {
    this.#options = options;
    this.#context = context;
  }

  send(items: readonly Item[]): Observable<Outcome> {
    return defer(() => from(this.#connected())).pipe(concatMap((client) => this.#publish(client, items)));
  }

  close(): void {
    this.#client?.end(true);
    this.#client = undefined;
  }

  /** Acknowledged once the broker has acknowledged every message. */
  #publish(client: MqttClient, items: readonly Item[]): Observable<Outcome> {
    return new Observable((subscriber) => {
      let open = items.length;
      const end = (outcome: Outcome): void => {
        subscriber.next(outcome);
        subscriber.complete();
      };
      const lost = (): void => {
        this.close();
        end(unanswered(new Error('the connection was lost')));
      };
      client.on('close', lost);
      for (const { event, cursor, text } of items) {
        const properties = { contentType: 'application/json', userProperties: { cursor } };
        client.publish(`${this.#options.topic}/${topicOf(event)}`, text, { qos: 1, properties }, (error) => {
          if (subscriber.closed) return;
          if (error) return end(refused(error));
          if (--open === 0) end({ result: 'done', detail: 'it acknowledged', retry: false });
        });
      }
      return () => {
        client.off('close', lost);
        // Without an acknowledgement, the library would send them again by itself.
        if (open > 0) this.close();
      };
    });
  }

  async #connected(): Promise<MqttClient> {
    if (this.#client?.connected === true) return this.#client;
    this.close();
    const connect = await load();
    const { url: address, user, password, tls } = this.#options;
    const options: IClientOptions = {
      protocolVersion: 5,
      clean: true,
      // The forwarder repeats, and knows from where.
      reconnectPeriod: 0,
      connectTimeout: CONNECT_WITHIN,
      clientId: `tidings-${this.#context.name}-${hostname()}-${process.pid}`.slice(0, 200),
      ...(user === undefined ? {} : { username: user }),
      ...(password === undefined ? {} : { password }),
      ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls?.cert === undefined ? {} : { cert: tls.cert, key: tls.key ?? '' }),
    };
    const client = connect(address, options);
    this.#client = client;
    return await new Promise((resolve, reject) => {
      client.once('connect', () => resolve(client));
      client.on('error', reject);
      client.once('close', () => reject(new Error('the broker closed the connection')));
    });
  }
}

type Package = typeof import('mqtt');
type Connect = Package['connect'];

/**
 * The load of the package: one for each process. After a load that failed, a module is half made:
 * Node repeats its error, a bundle hands out the half.
 */
let loading: Promise<Connect> | undefined;

async function load(): Promise<Connect> {
  loading ??= import('mqtt').then(connectIn);
  try {
    return await loading;
  } catch (error) {
    throw new Error(
      `the package mqtt cannot be loaded: ${reasonOf(error)} (run npm install mqtt beside tidings, and restart it)`,
      { cause: error },
    );
  }
}

/**
 * The function in the package. It is a CommonJS module: `default` has everything, and Node's
 * analysis of its source names some of it beside that.
 *
 * Both can be empty: if the last file that was looked at is a FIFO or a socket, Node 20 and 22 do
 * not follow symbolic links in the path of an import (`realpathSync` in their `fs.js`). The module
 * is then run under another path than that of the import. `require` has one path.
 */
function connectIn(module: Partial<Package>): Connect {
  const connect = module.default?.connect ?? module.connect ?? required().connect;
  if (typeof connect === 'function') return connect;
  throw new Error('it has no function connect: 5.10 or newer is needed');
}

const required = (): Partial<Package> =>
  nodeModule.createRequire(import.meta.url)('mqtt') as Partial<Package>;

/** Reasons of MQTT 5 that refuse a message: 0x95 too large, 0x99 invalid payload, 0x90 invalid topic. */
const REFUSALS: Readonly<Record<number, Outcome['refusal']>> = { 0x95: 'size', 0x99: 'event', 0x90: 'event' };

function refused(error: Error & { readonly code?: number | string }): Outcome {
  const refusal = typeof error.code === 'number' ? REFUSALS[error.code] : undefined;
  return { ...unanswered(error), ...(refusal === undefined ? {} : { refusal, retry: false }) };
}

/** Type and action as levels of a topic: wildcards and separators are replaced. */
function topicOf(event: EngineEvent): string {
  return [event.type, verbOf(event)].map((word) => word.replace(/[#+/\0-\x20]/g, '_') || '_').join('/');
}
