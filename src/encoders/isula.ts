/**
 * iSulad's formats of an event: the line of `isula events`, and the parts of its gRPC message.
 * Facts: iSulad's src/cmd/isula/extend/events.c and its collector.
 */
import type { IncomingEvent } from '../event.ts';
import * as instant from '../instant.ts';
import { attributesOf, type Zone } from './text.ts';

/** An annotation without `=`: iSulad prints it unchanged. */
const EXTRA = 'extra';

/** The action in iSulad's words: `container start`, `container exec_create: sh -c …`. */
export function isulaOpt({ type, action, attributes }: IncomingEvent): string {
  const args = attributes['args'];
  return args === undefined ? `${type} ${action}` : `${type} ${action}: ${args}`;
}

/**
 * An event's annotations, sorted by key. As in iSulad, `exitCode` is included unless it is 0, and
 * `pid` unless it is -1. An image called by its name states the name once, and arguments are part
 * of {@link isulaOpt}.
 */
export function isulaAnnotations(event: IncomingEvent): Record<string, string> {
  return Object.fromEntries(
    attributesOf(event, (key, value) => {
      if (!isAnnotation(event, key, value)) return undefined;
      return key === EXTRA ? ([value, ''] as const) : ([key, value] as const);
    }),
  );
}

function isAnnotation({ id, type }: IncomingEvent, key: string, value: string): boolean {
  if (key === 'name') return type !== 'image' || value !== id;
  return key !== 'args' && !(key === 'exitCode' && value === '0') && !(key === 'pid' && value === '-1');
}

/** The event's id. Without one (a gap has no id) its name stands in, which keeps the columns. */
export function isulaId({ id, name }: IncomingEvent): string {
  return id || name || '-';
}

/**
 * An event in the format of `isula events`: `TIME container start ID (image=busybox, name=…,
 * pid=9007)`.
 */
export function isulaLine(event: IncomingEvent, zone: Zone = 'local'): string {
  const annotations = attributesOf(event, (key, value) =>
    isAnnotation(event, key, value) ? (key === EXTRA ? value : `${key}=${value}`) : undefined,
  );
  const tail = annotations.length > 0 ? ` (${annotations.join(', ')})` : '';
  return `${instant.format(event.timeNano, { zone })} ${isulaOpt(event)} ${isulaId(event)}${tail}`;
}
