/** The explanations of a name, from a daemon or without one. */
import { catchError, EMPTY, firstValueFrom, map, mergeMap, type Observable, of } from 'rxjs';
import type { Explanation } from '../../operators/explanation.ts';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import { askContainers, type EngineEvent, explain, type instant, type Query } from '../../src/index.ts';
import type { Io } from '../io.ts';
import type { Settings } from '../settings/place.ts';
import { eventStream, failureOf } from './event-stream.ts';

export interface Asked {
  readonly name: string;
  readonly at: instant.Instant | undefined;
  readonly all: boolean;
}

export async function explanations(
  asked: Asked,
  settings: Settings,
  io: Io,
): Promise<readonly Explanation[]> {
  const { endpoint, token } = settings;
  const once = sayingOnce(io);
  const read = (query: Query): Observable<EngineEvent> =>
    eventStream(query, settings, of(false), once).pipe(
      mergeMap((frame) => (frame.kind === 'event' ? of(frame.event) : EMPTY)),
      catchError((error: unknown) => {
        throw failureOf(error);
      }),
    );
  // The engines' lists add facts if there is a daemon; otherwise events suffice.
  const states = await firstValueFrom(
    askContainers({ endpoint, token }).pipe(
      map(({ containers }) => containers),
      catchError(() => of([])),
    ),
  );
  return await firstValueFrom(explain(read, { ...asked, states }).pipe(takeUntilCancelled(io.signal)), {
    defaultValue: [],
  });
}

/** Prints each message once: several queries would repeat the one about a missing daemon. */
function sayingOnce(io: Io): Io {
  const said = new Set<string>();
  const stderr = Object.create(io.stderr) as Io['stderr'];
  stderr.write = (text: string): boolean => {
    if (said.has(text)) return true;
    said.add(text);
    return io.stderr.write(text);
  };
  return { ...io, stderr };
}
