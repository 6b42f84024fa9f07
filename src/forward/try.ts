/** Tries a forwarder: one event through its sink. */
import { asyncScheduler, catchError, finalize, type Observable, of, type SchedulerLike, timeout } from 'rxjs';
import { formatCursor, newEpoch } from '../collector/cursor.ts';
import { unanswered } from '../delivery/http-post.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { EngineEvent } from '../event.ts';
import type { Instant } from '../instant.ts';
import { silent } from '../log.ts';
import type { Forwarder } from './forwarder.ts';
import type { SinkContext } from './sink.ts';

export interface TryOptions extends Partial<Pick<SinkContext, 'log' | 'stdout'>> {
  readonly scheduler?: SchedulerLike;
  /** Current time: nanoseconds since the Unix epoch. */
  readonly now: Instant;
}

/**
 * Sends one event of type `tidings`, action `test`, through the sink of a forwarder, once. Its
 * position is not touched.
 */
export function trySink({ name, sink, timeout: limit }: Forwarder, options: TryOptions): Observable<Outcome> {
  const { scheduler = asyncScheduler, log = silent, stdout, now } = options;
  const event: EngineEvent = {
    ...{ seq: 1, timeNano: now, type: 'tidings', action: 'test', id: name, name },
    ...{ attributes: { detail: 'a test of this forwarder' }, source: { engine: 'tidings' } },
  };
  const cursor = formatCursor(newEpoch(), 1);
  const opened = sink.open({ name, log, scheduler, stdout });
  const text = opened.encode(event, cursor);
  return opened.send([{ event, cursor, text, bytes: Buffer.byteLength(text) }]).pipe(
    timeout<Outcome, Observable<Outcome>>({
      first: limit,
      scheduler,
      with: () => of({ result: 'timeout', detail: `it did not answer within ${limit} ms`, retry: true }),
    }),
    catchError((error: unknown) => of(unanswered(error))),
    finalize(() => void opened.close?.()),
  );
}
