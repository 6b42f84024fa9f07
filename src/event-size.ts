/** The size limit of an event: larger ones are cut. */
import { type IncomingEvent, OwnEvent } from './event.ts';

/** Most bytes of an event, encoded as JSON. */
export const LARGEST: number = 4 * 2 ** 20;

/** An event of so many bytes surely fits {@link LARGEST} as JSON: an escape has six bytes. */
const SURELY_FITS = LARGEST / 8;

/** Room for an event's texts, without the frame's additions. */
const ROOM = LARGEST - 4096;

/** Most attributes of an event that is cut. */
const ATTRIBUTES = 4096;

/** Follows a text that was cut. */
const CUT = '…';

/**
 * The event if its JSON has at most {@link LARGEST} bytes, else a copy whose long texts are cut
 * and end with `…`. Of more than 4,096 attributes, the first ones stay.
 */
export function fitting(event: OwnEvent): OwnEvent {
  const { bytes } = event;
  if (bytes < SURELY_FITS || (bytes <= LARGEST && encodedLength(event) <= ROOM)) return event;
  for (let longest = LARGEST / 2; ; longest /= 2) {
    const shorter = shortened(event, longest);
    if (encodedLength(shorter) <= ROOM) return shorter;
  }
}

function shortened(event: OwnEvent, longest: number): OwnEvent {
  const entries = Object.entries(event.attributes);
  const kept = entries.length > ATTRIBUTES ? [...entries.slice(0, ATTRIBUTES), [CUT, CUT] as const] : entries;
  const { endpoint, ...source } = event.source;
  return new OwnEvent({
    timeNano: event.timeNano,
    type: cut(event.type, longest),
    action: cut(event.action, longest),
    id: cut(event.id, longest),
    name: event.name === undefined ? undefined : cut(event.name, longest),
    scope: event.scope === undefined ? undefined : cut(event.scope, longest),
    attributes: Object.fromEntries(kept.map(([key, value]) => [cut(key, longest), cut(value, longest)])),
    source: endpoint === undefined ? source : { ...source, endpoint: cut(endpoint, longest) },
  });
}

function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const half = /[\uD800-\uDBFF]$/;
  // Through its bytes: a slice of a string keeps the whole string in memory.
  return Buffer.from(`${text.slice(0, longest - 1).replace(half, '')}${CUT}`).toString();
}

function encodedLength({ type, action, id, name, attributes, scope, source }: IncomingEvent): number {
  return Buffer.byteLength(JSON.stringify({ type, action, id, name, attributes, scope, source }));
}
