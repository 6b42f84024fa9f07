/**
 * A session with containerd (1.6 and later), over gRPC.
 *
 * It keeps no events, so the events of a time without a connection are a gap, and the lists of
 * containers and tasks show their result. The end of a task is an exception: if containerd was
 * down, its shim publishes it again later. Events carry no labels; they are requested from the
 * container. When one subscriber leaves, containerd can repeat envelopes to others: `EventMemory` removes
 * repeats.
 */
import {
  catchError,
  concat,
  defer,
  filter,
  forkJoin,
  ignoreElements,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  of,
  timeout,
} from 'rxjs';
import { dropOldest } from '../../../operators/drop-oldest.ts';
import { type EventSource, gapEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { ConnectContext, Received, Session } from '../engine.ts';
import { type GrpcClient, overGrpc } from '../grpc/client.ts';
import { keyOf, unreadable } from '../received.ts';
import { api, type Envelope } from './api.ts';
import { DockerNamespaces } from './docker-namespaces.ts';
import { inOrder } from './in-order.ts';
import { fullId } from './container-names.ts';
import { Records } from './records.ts';
import { type Message, readMessage, timeOf, translate } from './translate.ts';

/** Most bytes and most events that wait for an answer about their containers. */
const WAITING_BYTES = 16 * 1024 * 1024;
const WAITING = 10_000;

/** Most remembered starts of runs. */
const RUNS = 10_000;

/** Time limit for Docker's first answer, which identifies Docker's containers: in ms. */
const DOCKER_WITHIN = 5000;

/** Connects to a socket: see `Engine.connect`. */
export function connectContainerd(path: string, context: ConnectContext): Observable<Session> {
  const { scheduler, followed } = context;
  const others = followed.settled('docker').pipe(
    timeout({ first: DOCKER_WITHIN, scheduler }),
    catchError(() => of(undefined)),
  );
  return overGrpc(
    path,
    (client) =>
      forkJoin([client.unary(api.server, {}), client.unary(api.version, {}), others]).pipe(
        mergeMap(([{ uuid }, { version }]) => concat(of(sessionOf(client, uuid, version)), NEVER)),
      ),
    { scheduler },
  );

  function sessionOf(client: GrpcClient, uuid: string, version: string): Session {
    if (!isPrintable(version))
      throw new Error('it is not containerd that answers here: it states no version');
    const source = {
      engine: 'containerd',
      endpoint: `unix://${path}`,
      ...(isPrintable(uuid) ? { id: uuid } : {}),
    };
    return {
      source,
      version,
      keeps: 0,
      events: () => events(client, source, context),
      held: () => client.unary(api.version, {}).pipe(ignoreElements()),
    };
  }
}

function isPrintable(text: string): boolean {
  return /^[\x21-\x7e]{1,128}$/.test(text);
}

function events(
  client: GrpcClient,
  source: EventSource,
  { clock, followed }: ConnectContext,
): Observable<readonly Received[]> {
  const records = new Records(client);
  const docker = new DockerNamespaces(followed);
  const starts = new Map<string, Instant>();

  const receive = (message: Message): Observable<Received | undefined> => {
    const { envelope, type, id } = message;
    const isOfContainer = type === 'container';
    const time = timeOf(message, startOf(starts, message), clock);
    return docker.hides(envelope.namespace, isOfContainer ? [id] : []).pipe(
      mergeMap((hidden) => {
        if (hidden) return of(undefined);
        const known = isOfContainer ? records.of(message) : of(undefined);
        return known.pipe(map((described) => translate(message, described, time, source)));
      }),
    );
  };
  const envelopes = client.stream<{ filters: readonly string[] }, Envelope | Received>(
    api.subscribe,
    { filters: [] },
    { onUnreadable: (error, bytes) => damaged(error, bytes, source, clock()) },
  );
  const received = envelopes.pipe(
    map((each) => ('key' in each ? each : read(each, source, clock))),
    inOrder((each) => ('key' in each ? of(each) : defer(() => receive(each))), {
      sizeOf: (each) => ('key' in each ? 0 : (each.envelope.event?.value.length ?? 0)),
      maxBytes: WAITING_BYTES,
      maxCount: WAITING,
      lost: (count) => overflow(count, source, clock()),
    }),
    filter((each) => each !== undefined),
    map((each) => [each]),
  );
  // No message confirms that a subscription is in effect; the answer to a later call comes closest.
  const begun = client.unary(api.listNamespaces, {}).pipe(map((): readonly Received[] => []));
  return merge(received, begun);
}

/** The start of a message's run; remembers it if the message is a start. */
function startOf(starts: Map<string, Instant>, message: Message): Instant | undefined {
  const { envelope, action, id } = message;
  const key = fullId(envelope.namespace, id);
  if (action === 'start') {
    starts.delete(key);
    starts.set(
      key,
      timeOf(message, undefined, () => 0n),
    );
    if (starts.size > RUNS) dropOldest(starts);
  }
  const startedAt = starts.get(key);
  if (action === 'die') starts.delete(key);
  return startedAt;
}

function read(envelope: Envelope, source: EventSource, clock: () => Instant): Message | Received {
  try {
    return readMessage(envelope);
  } catch (error) {
    return damaged(error as Error, envelope.event?.value ?? new Uint8Array(), source, clock());
  }
}

function damaged(error: Error, bytes: Uint8Array, source: EventSource, now: Instant): Received {
  const text = Buffer.from(bytes).toString('base64', 0, 4096);
  return unreadable(`containerd sent an event that cannot be read (${error.message})`, text, source, now);
}

function overflow(count: number, source: EventSource, timeNano: Instant): Received {
  const detail = `${count} events of containerd arrived faster than their containers could be looked up`;
  const event = gapEvent({ source, timeNano, reason: 'overflow', detail, count });
  return { key: keyOf(event), event };
}
