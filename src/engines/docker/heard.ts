/** What was heard from Docker, recognizable when it is heard again. */
import { createHash } from 'node:crypto';
import { type EventSource, gapEvent, type IncomingEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import type { JsonPiece } from '../json-objects.ts';
import { translate } from './translate.ts';

/** An event, and what it is recognized by. */
export interface Heard {
  readonly key: string;
  readonly event: IncomingEvent;
}

/**
 * What an event is recognized by: a digest of all that Docker said, since several events can have one time,
 * id and action (`network connect` of two containers).
 */
export function keyOf(event: Omit<IncomingEvent, 'source' | 'name'>): string {
  const attributes = Object.entries(event.attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return digest([String(event.timeNano), event.type, event.action, event.id, attributes]);
}

/** Reads one object; one that cannot be read becomes a gap of one event. */
export function hear(piece: JsonPiece, source: EventSource, now: () => Instant): Heard {
  if ('lost' in piece) return unreadable(piece.lost, piece.head);
  try {
    const event = translate(piece.text, source, now);
    return { key: keyOf(event), event };
  } catch (error) {
    return unreadable(`an event that cannot be read (${(error as Error).message})`, piece.text);
  }

  function unreadable(what: string, recognizedBy: string): Heard {
    const detail = `Docker sent ${what}`;
    const event = gapEvent({ source, timeNano: now(), reason: 'upstream', detail, count: 1 });
    return { key: digest(recognizedBy), event };
  }
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}
