/**
 * iSulad's shapes of an event: the line of `isula events`, and the parts that its gRPC message is made of.
 * Facts: iSulad's src/cmd/isula/extend/events.c and its collector.
 */
import type { IncomingEvent } from '../event.ts';
import * as instant from '../instant.ts';
import { attributesOf, type Zone } from './text.ts';

/** What happened, as iSulad says it: `container start`, `container exec_create: sh -c …`. */
export function isulaOpt({ type, action, attributes }: IncomingEvent): string {
  const args = attributes['args'];
  return args === undefined ? `${type} ${action}` : `${type} ${action}: ${args}`;
}

/**
 * An event's annotations, sorted by key. As in iSulad, `exitCode` is one only when it is not 0, `pid` only when
 * it is not -1, an image that is called by its name says so once, and arguments are part of {@link isulaOpt}.
 */
export function isulaAnnotations(event: IncomingEvent): Record<string, string> {
  return Object.fromEntries(
    attributesOf(event, (key, value) =>
      isAnnotation(event, key, value) ? ([key, value] as const) : undefined,
    ),
  );
}

function isAnnotation({ id, type }: IncomingEvent, key: string, value: string): boolean {
  if (key === 'name') return type !== 'image' || value !== id;
  return key !== 'args' && !(key === 'exitCode' && value === '0') && !(key === 'pid' && value === '-1');
}

/** What the event is about. Where there is no id (a gap has none) its name stands for it, so that the columns stay. */
export function isulaId({ id, name }: IncomingEvent): string {
  return id || name || '-';
}

/** An event as `isula events` prints it: `TIME container start ID (image=busybox, name=…, pid=9007)`. */
export function isulaLine(event: IncomingEvent, zone: Zone = 'local'): string {
  const annotations = attributesOf(event, (key, value) =>
    isAnnotation(event, key, value) ? `${key}=${value}` : undefined,
  );
  const tail = annotations.length > 0 ? ` (${annotations.join(', ')})` : '';
  return `${instant.format(event.timeNano, { zone })} ${isulaOpt(event)} ${isulaId(event)}${tail}`;
}
