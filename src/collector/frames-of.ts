/** Converts a cursor's events, gaps and progress to an Observable of frames. */
import { interval, Observable } from 'rxjs';
import { BOOKMARK_EVERY, Delivery, type Outlet, promptly } from './delivery.ts';
import { type Frame, gapFrame } from './frames.ts';
import type { StreamCursor } from './stream-cursor.ts';
import type { Stream } from './stream.ts';

/** Options of a stream of frames. */
export interface FrameOptions {
  /** Ends the subscription at once when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between bookmarks while nothing else comes. Default 15,000. */
  readonly bookmarkEvery?: number | undefined;
  /**
   * While its latest value is `true`, reading stops: events wait in the collector. Default: never
   * paused.
   */
  readonly paused?: Observable<boolean> | undefined;
}

export function framesOf(
  stream: Stream,
  open: () => StreamCursor,
  { bookmarkEvery = BOOKMARK_EVERY, paused }: FrameOptions,
): Observable<Frame> {
  const pace = { ...promptly(stream.scheduler), beats: interval(bookmarkEvery, stream.scheduler) };
  const { archive, epoch } = stream;
  const at = (seq: number): string => stream.cursorAt(seq);
  return new Observable((subscriber) => {
    let isPaused = false;
    const send = (frame: Frame): boolean => {
      subscriber.next(frame);
      return !isPaused && !subscriber.closed;
    };
    const durable = (): string | undefined => archive && at(archive.durable);
    const outlet: Outlet = {
      events: (events) => {
        for (const event of events) send({ kind: 'event', cursor: at(event.seq), event });
        return !isPaused && !subscriber.closed;
      },
      gap: (gap) => send(gapFrame(gap, epoch)),
      replayed: (cursor) => send({ kind: 'replay-end', cursor }),
      bookmark: (cursor) => send({ kind: 'bookmark', cursor, durable: durable() }),
      end: (reason, cursor, error) => {
        if (reason === 'error') return subscriber.error(error);
        send({ kind: 'end', reason, cursor });
        subscriber.complete();
      },
    };
    const [oldest, newest] = [at(stream.oldest), at(stream.head - 1)];
    const delivery = new Delivery(open(), outlet, pace);
    subscriber.add(() => delivery.close());
    subscriber.next({ kind: 'ready', oldest, newest, durable: durable() });
    subscriber.add(
      paused?.subscribe((value) => {
        isPaused = value;
        if (value) delivery.pause();
        else delivery.resume();
      }),
    );
    if (!isPaused) delivery.turn();
  });
}
