/**
 * A session with a runtime of Kubernetes (containerd, CRI-O, iSulad), over CRI v1.
 *
 * `GetContainerEvents` is followed where the runtime serves it (containerd 1.7, CRI-O and iSulad
 * with pod events enabled). If it does not, all containers are listed repeatedly, and the
 * differences become events.
 */
import {
  catchError,
  concat,
  defer,
  filter,
  finalize,
  ignoreElements,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  of,
  repeat,
  Subject,
  takeUntil,
  throwError,
  timer,
} from 'rxjs';
import { Stopwatch } from '../../../operators/stopwatch.ts';
import type { EventSource } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { ConnectContext, Received, Session } from '../engine.ts';
import { type GrpcClient, overGrpc } from '../grpc/client.ts';
import { CallError } from '../grpc/error.ts';
import { received, unreadable } from '../received.ts';
import { api, type CriEvent } from './api.ts';
import { changes, type Snapshot } from './changes.ts';
import { snapshot } from './list.ts';
import { CriTranslator } from './translate.ts';

/** The longest time that a list is measured to take, in ms. */
const LONGEST_LIST = 60_000;

/** From the beginning of one list to that of the next, at least: in ms. */
const INTERVAL = 1000;

/** The most of a core that listing takes, the runtime's part included. */
const SHARE = 0.05;

/** Connects to a socket: see `Engine.connect`. */
export function connectCri(path: string, context: ConnectContext): Observable<Session> {
  return overGrpc(
    path,
    (client) =>
      client
        .unary(api.version, {})
        .pipe(
          mergeMap(({ runtimeName, runtimeVersion }) =>
            concat(of(sessionOf(client, `${runtimeName} ${runtimeVersion}`)), NEVER),
          ),
        ),
    { scheduler: context.scheduler },
  );

  function sessionOf(client: GrpcClient, version: string): Session {
    if (!/^[\x21-\x7e]{1,64} [\x21-\x7e]{1,64}$/.test(version)) {
      throw new Error('it is not a runtime of Kubernetes that answers here: it states no name and version');
    }
    const source = { engine: 'cri', endpoint: `unix://${path}` };
    let note: string | undefined;
    return {
      source,
      version,
      keeps: 0,
      note: () => note,
      events: () =>
        events(client, source, context, () => {
          note = `it sends no events: its containers are listed every ${INTERVAL / 1000} s, less often if that takes more than ${SHARE * 100} % of a core`;
        }),
      held: () => client.unary(api.version, {}).pipe(ignoreElements()),
    };
  }
}

function events(
  client: GrpcClient,
  source: EventSource,
  context: ConnectContext,
  onListing: () => void,
): Observable<readonly Received[]> {
  const translator = new CriTranslator(source);
  const isListed = new Subject<void>();
  const reported = client
    .stream<Readonly<Record<string, never>>, CriEvent | Received>(
      api.events,
      {},
      { onUnreadable: (error, bytes) => damaged(error, bytes, source, context.clock()) },
    )
    .pipe(
      map((event) => ('key' in event ? [event] : translator.translate(event))),
      catchError((error: unknown) => {
        if (!(error instanceof CallError) || error.code !== 'UNIMPLEMENTED') return throwError(() => error);
        isListed.next();
        onListing();
        return relisted(client, source, context);
      }),
      filter((batch, index) => index === 0 || batch.length > 0),
    );
  // The runtime does not confirm a subscription; the answer to a later call is the best evidence.
  const version = client.unary(api.version, {}).pipe(ignoreElements());
  const begun = concat(version, version, of<readonly Received[]>([])).pipe(takeUntil(isListed));
  return merge(reported, begun);
}

function damaged(error: Error, bytes: Uint8Array, source: EventSource, now: Instant): Received {
  const text = Buffer.from(bytes).toString('base64', 0, 4096);
  return unreadable(`the runtime sent an event that cannot be read (${error.message})`, text, source, now);
}

/** Emits the differences of lists, and an empty list for the first. */
function relisted(
  client: GrpcClient,
  source: EventSource,
  { clock, scheduler }: ConnectContext,
): Observable<readonly Received[]> {
  const stopwatch = new Stopwatch(LONGEST_LIST, scheduler);
  let before: Snapshot | undefined;
  let wait = 0;
  return defer(() => {
    const began = stopwatch.hold();
    return snapshot(client, before).pipe(
      map((after) => {
        const events = before === undefined ? [] : changes(before, after, source, clock());
        before = after;
        wait = waitAfter(stopwatch.now - began);
        return events.map((event) => received(event));
      }),
    );
  }).pipe(
    repeat({ delay: () => timer(wait, scheduler) }),
    finalize(() => stopwatch.stop()),
  );
}

/** Time until the next list, in ms. @param took how long a list took, in ms */
export function waitAfter(took: number): number {
  return Math.max(INTERVAL, took / SHARE) - took;
}
