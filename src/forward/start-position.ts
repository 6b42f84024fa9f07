/** The event that a forwarder begins or continues with. */
import type { Collector } from '../collector/collector.ts';
import { formatCursor, parseCursor } from '../collector/cursor.ts';
import type { StreamCursor } from '../collector/stream-cursor.ts';
import type { Log } from '../log.ts';
import type { Forwarder } from './forwarder.ts';
import type { Position, PositionFile } from './position.ts';
import type { Held } from './sink.ts';

/** Reads the events of a forwarder after a cursor. @throws RangeError if it is ahead of the stream */
export function readerAfter(collector: Collector, { when }: Forwarder, cursor: string): StreamCursor {
  return collector.reader({ name: when.name, filters: when.filters, cursor });
}

/** The cursor before the oldest event. */
function beforeOldest(collector: Collector): string {
  return formatCursor(collector.epoch, Math.max(0, parseCursor(collector.oldest).seq - 1));
}

/**
 * Finds the start of a forwarder: the position in its file, else as its settings say. The log tells
 * why a position is of no use.
 */
export function startOf(
  forwarder: Forwarder,
  file: PositionFile,
  collector: Collector,
  log: Log,
): Position & { readonly reader: StreamCursor } {
  const { name, start } = forwarder;
  const { found, unreadable } = file;
  if (found !== undefined) {
    try {
      return { reader: readerAfter(collector, forwarder, found.acknowledged), ...found };
    } catch (error) {
      log.error(
        { forwarder: name, err: error },
        `forwarder ${name}: its position is not in the journal: it begins with the oldest event`,
      );
    }
  } else if (unreadable !== undefined) {
    log.error(
      { forwarder: name },
      `forwarder ${name}: its position cannot be read (${unreadable}): it begins with the oldest event, and repeats events that it has sent before`,
    );
    file.clear();
  }
  const isNew = found === undefined && unreadable === undefined;
  const cursor = isNew && start === 'now' ? collector.newest : beforeOldest(collector);
  // From here on, nothing is missed, even if the sink is never there.
  file.write({ acknowledged: cursor, sent: cursor });
  return { reader: readerAfter(collector, forwarder, cursor), acknowledged: cursor, sent: cursor };
}

/**
 * The cursor to continue after, by the last event that the sink holds.
 *
 * @param own the forwarder's own position
 */
export function continuation({ start }: Forwarder, held: Held, own: string, collector: Collector): string {
  if (held === 'nothing' && start === 'oldest') return beforeOldest(collector);
  if (typeof held === 'string') return own;
  // The events of another journal say nothing about those of this one.
  const { epoch, seq } = parseCursor(own);
  const isOfThis = parseCursor(held.cursor).epoch === collector.epoch;
  return isOfThis || epoch !== collector.epoch || seq === 0 ? held.cursor : own;
}
