/** Events as JSON objects in an endless HTTP answer, as Docker and Podman send them. */
import {
  concat,
  filter,
  map,
  type MonoTypeOperatorFunction,
  Observable,
  of,
  type SchedulerLike,
  Subscription,
  tap,
} from 'rxjs';
import { mustBeOk } from './docker/docker-answer.ts';
import type { Received } from './engine.ts';
import { JsonObjects, type JsonPiece } from './json-objects.ts';
import { body, get, type HttpAddress } from './http-client.ts';

/** Longest silence in the middle of an object: in ms. */
const STUCK = 4000;

/**
 * Emits an empty list once the engine has accepted, then non-empty lists; completes with the
 * answer. Errors if the answer ends, or stops for 4 s, in the middle of an object.
 */
export function httpEvents(
  address: HttpAddress,
  path: string,
  receive: (piece: JsonPiece) => Received,
  scheduler: SchedulerLike,
): Observable<readonly Received[]> {
  return get(address, path, (answer) =>
    mustBeOk(answer, () => {
      const objects = new JsonObjects();
      const batches = body(answer).pipe(
        tap({ complete: () => objects.end() }),
        map((chunk) => objects.push(chunk).map(receive)),
        unlessStuck(() => objects.isInside, scheduler),
        filter(({ length }) => length > 0),
      );
      return concat(of([]), batches);
    }),
  );
}

/** Errors if no value comes for 4 s while the last one ended in the middle of an object. */
function unlessStuck<T>(isInside: () => boolean, scheduler: SchedulerLike): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable((out) => {
      let limit = Subscription.EMPTY;
      out.add(() => limit.unsubscribe());
      const stuck = (): void => out.error(new Error('its answer stops in the middle of an object'));
      return source.subscribe({
        next: (value) => {
          limit.unsubscribe();
          out.next(value);
          if (isInside() && !out.closed) limit = scheduler.schedule(stuck, STUCK);
        },
        error: (error: unknown) => out.error(error),
        complete: () => out.complete(),
      });
    });
}
