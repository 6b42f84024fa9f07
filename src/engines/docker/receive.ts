/** Converts pieces of Docker's stream to events with keys. */
import type { EventSource } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { Received } from '../engine.ts';
import type { JsonPiece } from '../json-objects.ts';
import { received, unreadable } from '../received.ts';
import { translate } from './translate.ts';

/** Reads one object; an unreadable one becomes a gap of one event. */
export function receive(piece: JsonPiece, source: EventSource, now: () => Instant): Received {
  if ('lost' in piece) return unreadable(`Docker sent ${piece.lost}`, piece.head, source, now());
  try {
    return received(translate(piece.text, source, now));
  } catch (error) {
    const why = (error as Error).message;
    return unreadable(`Docker sent an event that cannot be read (${why})`, piece.text, source, now());
  }
}
