/**
 * A session with iSulad, over gRPC.
 *
 * It keeps 64 events, and replays them to each subscriber. `since` also applies to live events, by
 * iSulad's own clock: a clock that is set back would hide them. So the session requests all events,
 * and `EventMemory` removes repeats. iSulad registers a subscriber after the replay, so it misses events
 * in between: the kept events are read once more.
 */
import {
  catchError,
  concat,
  debounceTime,
  filter,
  forkJoin,
  ignoreElements,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  of,
  share,
  take,
  takeUntil,
  tap,
  timer,
  toArray,
} from 'rxjs';
import { dropOldest } from '../../../operators/drop-oldest.ts';
import type { EventSource } from '../../event.ts';
import { readClock } from '../engine-clock.ts';
import type { ClockReading, ConnectContext, Position, Received, Session } from '../engine.ts';
import { type GrpcClient, overGrpc } from '../grpc/client.ts';
import { unreadable } from '../received.ts';
import { api, type IsuladEvent } from './api.ts';
import { mustSucceed } from './call-outcome.ts';
import { translate } from './translate.ts';

/** Count of events that iSulad keeps. */
const KEEPS = 64;

/**
 * Silence after the answer to another request that ends a replay, and the time until the next read:
 * in ms.
 */
const QUIET = 200;
const AGAIN = 1000;

/** Most remembered keys of a session. */
const REMEMBERED = 4096;

/** Connects to a socket: see `Engine.connect`. */
export function connectIsulad(path: string, context: ConnectContext): Observable<Session> {
  const { scheduler } = context;
  return overGrpc(
    path,
    (client) =>
      forkJoin([client.unary(api.version, {}).pipe(mustSucceed()), identity(client)]).pipe(
        mergeMap(([{ version }, id]) => concat(of(sessionOf(client, path, version, id, context)), NEVER)),
      ),
    { scheduler },
  );
}

/**
 * Host name and iSulad's directory, which are unique together. Undefined if iSulad does not state
 * them.
 */
function identity(client: GrpcClient): Observable<string | undefined> {
  return client.unary(api.info, {}).pipe(
    map(({ cc, nodename, isuladRootDir }) => {
      const text = `${nodename}:${isuladRootDir}`;
      return cc === 0 && /^[\x21-\x7e]{1,200}:[\x21-\x7e]{1,200}$/.test(text) ? text : undefined;
    }),
    catchError(() => of(undefined)),
  );
}

function sessionOf(
  client: GrpcClient,
  path: string,
  version: string,
  id: string | undefined,
  context: ConnectContext,
): Session {
  if (version.startsWith('tidings')) {
    throw new Error('it is tidings that answers here, not iSulad: following it would repeat every event');
  }
  if (!/^[\x21-\x7e]{1,80}$/.test(version)) {
    throw new Error('it is not iSulad that answers here: it states no version');
  }
  const endpoint = `unix://${path}`;
  const source: EventSource = { engine: 'isulad', endpoint, ...(id === undefined ? {} : { id }) };
  const stream = new EventStream(client, source, context);
  return {
    source,
    version,
    keeps: KEEPS,
    events: (from) => stream.events(from),
    held: () => stream.held(),
    clock: () => stream.clock,
  };
}

class EventStream {
  /** Created when a live event arrives. */
  clock: ClockReading | undefined;
  readonly #client: GrpcClient;
  readonly #source: EventSource;
  readonly #context: ConnectContext;

  constructor(client: GrpcClient, source: EventSource, context: ConnectContext) {
    this.#client = client;
    this.#source = source;
    this.#context = context;
  }

  events(from: Position): Observable<readonly Received[]> {
    if (from !== 'live') return this.#from(new Map());
    // The kept events are earlier ones.
    return this.held().pipe(
      mergeMap((batch) => batch),
      toArray(),
      mergeMap((kept) => this.#from(new Map(kept.map(({ key }) => [key, true])))),
    );
  }

  /** The kept events. Only silence marks the end of a replay. */
  held(): Observable<readonly Received[]> {
    const { scheduler } = this.#context;
    const events = this.#stream().pipe(share());
    const over = timer(0, scheduler).pipe(
      mergeMap(() => this.#answered()),
      mergeMap(() => merge(of(undefined), events).pipe(debounceTime(QUIET, scheduler), take(1))),
    );
    return events.pipe(
      takeUntil(over),
      map((each) => [each]),
    );
  }

  /** @param seen keys of events to leave out */
  #from(seen: Map<string, boolean>): Observable<readonly Received[]> {
    const { scheduler, clock } = this.#context;
    const isNew = ({ key }: Received): boolean => {
      if (seen.has(key)) return false;
      seen.set(key, true);
      if (seen.size > REMEMBERED) dropOldest(seen);
      return true;
    };
    const earlier = new Set(seen.keys());
    let live = false;
    const arriving = this.#stream().pipe(
      filter(({ key }) => !earlier.has(key)),
      tap((each) => {
        isNew(each);
        if (live) this.clock = readClock(each.event.timeNano, clock());
      }),
      map((each) => [each]),
    );
    // An empty list: iSulad sends nothing before the first event, but has answered a later request.
    const inEffect = timer(0, scheduler).pipe(
      mergeMap(() => this.#answered()),
      map((): readonly Received[] => []),
    );
    const missed = timer(AGAIN, scheduler).pipe(
      tap(() => (live = true)),
      mergeMap(() => this.held()),
      map((batch) => batch.filter(isNew)),
      filter((batch) => batch.length > 0),
    );
    return merge(arriving, inEffect, missed);
  }

  #answered(): Observable<unknown> {
    return this.#client.unary(api.version, {}).pipe(mustSucceed());
  }

  #stream(): Observable<Received> {
    const { clock } = this.#context;
    const source = this.#source;
    return concat(
      this.#client
        .stream<object, IsuladEvent | Received>(
          api.events,
          {},
          {
            onUnreadable: (error, bytes) =>
              unreadable(
                `an event of iSulad cannot be read: ${error.message}`,
                Buffer.from(bytes).toString('base64'),
                source,
                clock(),
              ),
          },
        )
        .pipe(map((each) => ('key' in each ? each : translate(each, source, clock())))),
      // Its end is the end of the connection.
      NEVER.pipe(ignoreElements()),
    );
  }
}
