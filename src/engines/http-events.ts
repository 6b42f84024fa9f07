/** Events as JSON objects in an HTTP answer that does not end: Docker's way, and Podman's. */
import { concat, filter, map, type Observable, of } from 'rxjs';
import { mustBeOk } from './docker/answer.ts';
import type { Received } from './engine.ts';
import { JsonObjects, type JsonPiece } from './json-objects.ts';
import { body, get, type HttpAddress } from './http-client.ts';

/** Emits an empty list when the engine has accepted, then lists that are not empty; completes with the answer. */
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
