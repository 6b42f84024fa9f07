/** A reader's events, gaps and progress as an Observable of frames. */
import { Observable, type SchedulerLike } from 'rxjs';
import type { Collector } from './collector.ts';
import type { Frame } from './frames.ts';
import { gapFrame } from './frames.ts';
import type { Query } from './query.ts';

const READ = 1024;

export function framesOf(
  collector: Pick<Collector, 'reader' | 'epoch' | 'oldest' | 'newest' | 'durable' | 'cursorOf'>,
  query: Query,
  bookmarkEvery: number,
  scheduler: SchedulerLike,
  paused?: Observable<boolean>,
): Observable<Frame> {
  return new Observable((subscriber) => {
    const { oldest, newest, durable } = collector;
    const reader = collector.reader(query);
    subscriber.add(() => reader.close());
    subscriber.next({ kind: 'ready', oldest, newest, durable });
    let replaying = true;
    let told = reader.cursor;
    let isPaused = false;
    let pumping = false;

    const pump = (): void => {
      if (pumping || isPaused) return;
      pumping = true;
      step();
      pumping = false;
    };
    const step = (): void => {
      for (let more = true; more && !subscriber.closed;) {
        if (isPaused) return;
        const chunk = reader.read(READ);
        more = chunk.more;
        for (const event of chunk.events) {
          if (subscriber.closed) return;
          subscriber.next({ kind: 'event', cursor: (told = collector.cursorOf(event)), event });
        }
        if (chunk.gap) subscriber.next(gapFrame(chunk.gap, collector.epoch));
      }
      const { cursor, ended } = reader;
      if (replaying && !subscriber.closed) subscriber.next({ kind: 'replay-end', cursor: (told = cursor) });
      replaying = false;
      if (subscriber.closed) return;
      if (ended === undefined) return reader.wait(pump);
      subscriber.next({ kind: 'end', reason: ended, cursor });
      subscriber.complete();
    };
    subscriber.add(
      paused?.subscribe((value) => {
        isPaused = value;
        pump();
      }),
    );
    pump();
    if (subscriber.closed) return;
    subscriber.add(
      scheduler.schedule(function bookmark() {
        const { cursor } = reader;
        if (cursor !== told) subscriber.next({ kind: 'bookmark', cursor, durable: collector.durable });
        told = cursor;
        this.schedule(undefined, bookmarkEvery);
      }, bookmarkEvery),
    );
  });
}
