/** Keys of received events: the content of an event recognizes a repeat. */
import { createHash } from 'node:crypto';
import { isNoLabel } from '../../operators/container-state.ts';
import { type EventSource, gapEvent, type IncomingEvent, OWN_ATTRIBUTES } from '../event.ts';
import type { Instant } from '../instant.ts';
import type { Received } from './session.ts';

/**
 * A digest of the facts that the engine stated: several events can share time, id and action
 * (`network connect` of two containers). It ignores attributes that tidings itself adds. It also
 * ignores the description of a container, as the description table completes that.
 */
export function keyOf(
  event: Pick<IncomingEvent, 'timeNano' | 'type' | 'action' | 'id' | 'attributes'>,
): string {
  const attributes = Object.entries(event.attributes)
    .filter(([key]) => (event.type === 'container' ? isOfEvent(key) : !OWN_ATTRIBUTES.has(key)))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return digest([String(event.timeNano), event.type, event.action, event.id, attributes]);
}

/** Tests whether an attribute of a container's event describes the event, not the container. */
function isOfEvent(key: string): boolean {
  return isNoLabel(key) && !OWN_ATTRIBUTES.has(key) && key !== 'name' && key !== 'image' && key !== 'pid';
}

/** An event with its key. */
export function received(event: IncomingEvent): Received {
  return { key: keyOf(event), event };
}

/**
 * A gap of one event, for an unreadable message.
 *
 * @param detail the reason, for people
 * @param text bytes of the message, which recognize a repetition
 * @param now time of noticing
 */
export function unreadable(detail: string, text: string, source: EventSource, now: Instant): Received {
  const event = gapEvent({ source, timeNano: now, reason: 'upstream', detail, count: 1 });
  return { key: digest(text), event };
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}
