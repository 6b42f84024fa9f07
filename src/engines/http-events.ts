/** Events as JSON objects in an endless HTTP answer, as Docker and Podman send them. */
import { concat, filter, map, type Observable, of } from 'rxjs';
import { mustBeOk } from './docker/docker-answer.ts';
import type { Received } from './engine.ts';
import { JsonObjects, type JsonPiece } from './json-objects.ts';
import { body, get, type HttpAddress } from './http-client.ts';

/**
 * Emits an empty list once the engine has accepted, then non-empty lists; completes with the
 * answer.
 */
export function httpEvents(
  address: HttpAddress,
  path: string,
  receive: (piece: JsonPiece) => Received,
): Observable<readonly Received[]> {
  return get(address, path, (answer) =>
    mustBeOk(answer, () => {
      const objects = new JsonObjects();
      const batches = body(answer).pipe(
        map((chunk) => objects.push(chunk).map(receive)),
        filter(({ length }) => length > 0),
      );
      return concat(of([]), batches);
    }),
  );
}
