/** Sinks that take one event at a time. */
import { concatMap, defer, from, last, map, type Observable, takeWhile } from 'rxjs';
import type { Outcome } from '../delivery/outcome.ts';
import type { Sink } from './sink.ts';

/** Sends the events of a batch one after the other, up to the first that is not accepted. */
export function oneByOne(sink: Sink): Sink {
  return {
    ...sink,
    encode: (event, cursor) => sink.encode(event, cursor),
    send: (items): Observable<Outcome> =>
      defer(() =>
        from(items).pipe(
          concatMap((item, i) => sink.send([item]).pipe(map((outcome) => ({ outcome, i })))),
          takeWhile(({ outcome }) => outcome.result === 'done', true),
          last(),
          map(({ outcome, i }) => (outcome.result === 'done' ? outcome : { ...outcome, accepted: i })),
        ),
      ),
  };
}
