/** Sinks that POST batches over HTTP: what they share. */
import { catchError, map, type Observable, of } from 'rxjs';
import { type Answer, type Content, HttpClient, judge, unanswered } from '../delivery/http-post.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { ShownTarget } from '../delivery/target.ts';
import type { Item, Sink } from './sink.ts';

/** The format of an HTTP sink. */
export interface HttpFormat {
  encode: Sink['encode'];
  /** Makes the request of a batch. */
  content(items: readonly Item[]): Content;
  /**
   * Makes the outcome from the answer with its body. Default: the status alone is the outcome, and
   * the body is not awaited.
   */
  judge?(answer: Answer, items: readonly Item[]): Outcome;
}

export function httpSink(target: ShownTarget, format: HttpFormat): Sink {
  const client = new HttpClient(target);
  return {
    encode: (event, cursor) => format.encode(event, cursor),
    send: (items): Observable<Outcome> =>
      client.post(format.content(items), format.judge !== undefined).pipe(
        map((answer) => format.judge?.(answer, items) ?? judge(answer)),
        catchError((error: unknown) => of(unanswered(error))),
      ),
    close: () => client.close(),
  };
}
