/** A fleet: this host's events in a stream of its own, over NATS JetStream. See `docs/fleet.md`. */
import { hostname } from 'node:os';
import { defer, from, map, type Observable } from 'rxjs';
import { z } from 'zod';
import { parseCursor } from '../../collector/cursor.ts';
import { readBy, secretText, size } from '../../checked-file/setting-fields.ts';
import type { Outcome } from '../../delivery/outcome.ts';
import { credential, tlsMaterial } from '../../delivery/target.ts';
import { encodeEvent } from '../../encoders/ndjson-event.ts';
import { checkHost } from '../../fleet/names.ts';
import { checkNatsUrl } from '../../fleet/nats.ts';
import { type Published, Publisher, type PublisherOptions, type StreamEnd } from '../../fleet/publisher.ts';
import { parseDuration } from '../../instant.ts';
import type { Held, Item, Sink, SinkContext, SinkKind } from '../sink.ts';

/** The path of a credentials file, or another place of its content. */
const creds = readBy(z.unknown(), (value) => {
  const text = secretText(typeof value === 'string' ? { file: value } : value);
  if (/BEGIN NATS USER JWT/.test(text)) return text;
  throw new RangeError(
    'holds no credentials of NATS: right would be a file with -----BEGIN NATS USER JWT-----',
  );
});

const nkey = readBy(credential, (seed) => {
  if (/^SU[A-Z2-7]{56}$/.test(seed)) return seed;
  throw new RangeError('invalid seed of an NKEY user: right would be 58 characters that begin with SU');
});

/** Longest age of a stream's messages: in ms. */
const age = readBy(z.string(), (text) => {
  const millis = Number(parseDuration(text) / 1_000_000n);
  if (millis >= 60_000) return millis;
  throw new RangeError(`invalid age ${JSON.stringify(text.slice(0, 80))}: 1m or more`);
});

export const fleet: SinkKind<PublisherOptions> = {
  start: 'oldest',
  options: z
    .strictObject({
      url: readBy(z.string(), checkNatsUrl),
      host: readBy(z.string(), checkHost).optional(),
      user: z.string().min(1).optional(),
      password: credential.optional(),
      token: credential.optional(),
      nkey: nkey.optional(),
      creds: creds.optional(),
      tls: tlsMaterial.optional(),
      create: z.boolean().optional(),
      replicas: z.int().min(1).max(5).optional(),
      'max-age': age.optional(),
      'max-bytes': size({ least: 2 ** 20, largest: 2 ** 50 }).optional(),
    })
    .transform(
      ({
        host = hostname(),
        create = true,
        replicas = 1,
        'max-age': maxAge = 0,
        'max-bytes': maxBytes = -1,
        ...rest
      }) => ({
        ...{ ...rest, host, create, replicas, maxAge, maxBytes },
      }),
    ),
  describe: ({ url, host }) => `${url} ${host}`,
  open: (options, context) => new FleetSink(options, context),
};

class FleetSink implements Sink {
  readonly encode: typeof encodeEvent = encodeEvent;
  readonly lost: Observable<string>;
  readonly #publisher: Publisher;

  constructor(options: PublisherOptions, context: SinkContext) {
    this.#publisher = new Publisher(options, context);
    this.lost = this.#publisher.lost;
  }

  held(newest: string): Observable<Held> {
    const { epoch, seq } = parseCursor(newest);
    return defer(() => from(this.#publisher.end((cursor) => parseCursor(cursor).epoch !== epoch))).pipe(
      map((end) => heldOf(end, epoch, seq)),
    );
  }

  send(items: readonly Item[]): Observable<Outcome> {
    return this.#publisher.publish(items).pipe(map(outcomeOf));
  }

  close(): void {
    this.#publisher.close();
  }
}

/** @throws Error if the stream is ahead of the journal */
function heldOf(end: StreamEnd, epoch: string, newest: number): Held {
  if (typeof end === 'string') return end;
  const last = parseCursor(end.cursor);
  if (last.epoch === epoch && last.seq > newest) {
    throw new Error(
      `the stream ends with ${end.cursor}, which is ahead of this journal: another daemon has a copy of it, or it was restored from a backup; give this host another name, or delete its stream`,
    );
  }
  return end;
}

function outcomeOf({ result, detail, accepted }: Published): Outcome {
  if (result === 'done') return { result: 'done', detail, retry: false };
  const refusal = result === 'large' ? ({ refusal: 'event' } as const) : {};
  return { result: 'failed', detail, retry: result === 'failed', accepted, ...refusal };
}
