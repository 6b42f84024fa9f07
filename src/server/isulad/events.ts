/** `containers.ContainerService/Events`: iSulad's stream of events. */
import type { Collector } from '../../collector/collector.ts';
import type { Query } from '../../collector/query.ts';
import type { ServerContext } from '../context.ts';
import { Blocks } from '../stream/blocks.ts';
import { type Lease, TooManySubscriptions } from '../subscriptions.ts';
import { framed, GrpcError, type Method, Status } from './grpc.ts';
import { decodeEventsRequest, encodeEvent, type EventsRequest } from './messages.ts';

/** The name of the protocol among subscriptions. */
export const PROTOCOL = 'isulad';

/** Makes the method. */
export function eventsMethod({ collector, subscriptions, pumps }: ServerContext): Method {
  // Each byte as a character of its own, as blocks are made of texts.
  const blocks = new Blocks(
    (event) => framed(encodeEvent(event)).toString('latin1'),
    (text) => Buffer.from(text, 'latin1'),
  );
  const open = (request: EventsRequest): Lease => {
    try {
      return subscriptions.open(PROTOCOL, queryOf(request, collector));
    } catch (cause) {
      const { message } = cause as Error;
      if (cause instanceof TooManySubscriptions)
        throw new GrpcError(Status.RESOURCE_EXHAUSTED, message, { cause });
      if (!(cause instanceof RangeError)) throw cause;
      // iSulad sends the first half, and writes the second to its log.
      throw new GrpcError(Status.INTERNAL, `Failed to execute events callback: ${message}`, { cause });
    }
  };
  return (bytes, call) => {
    const lease = open(requestOf(bytes));
    call.begin();
    const pump = pumps.start(lease, {
      events: (events) => call.send(blocks.of(events)),
      gap: (gap) => call.send(framed(encodeEvent(collector.gapEvent(gap)))),
      end: (reason) =>
        reason === 'shutdown'
          ? call.end(Status.UNAVAILABLE, 'tidings is shutting down')
          : call.end(Status.OK),
    });
    call.onRoom(() => pump.resume());
    call.onOver(() => pump.close());
  };
}

function requestOf(bytes: Buffer): EventsRequest {
  try {
    return decodeEventsRequest(bytes);
  } catch (cause) {
    throw new GrpcError(Status.INTERNAL, 'Failed to transform grpc request', { cause });
  }
}

/** As iSulad reads a request: without `since`, all that the buffer holds comes first. */
function queryOf({ since, until, storeOnly, id }: EventsRequest, { bufferStart }: Collector): Query {
  const start = since === undefined ? { cursor: bufferStart } : { since };
  return { ...start, until, follow: !storeOnly, name: id === '' ? undefined : nameOf(id) };
}

/**
 * iSulad takes a container's name or id, and so do we, and globs, which no name looks like. The other patterns of
 * names are not for clients that we know nothing of: a regular expression can take for ever.
 */
function nameOf(id: string): string {
  if (/^[!/]/.test(id)) throw new GrpcError(Status.INTERNAL, `No such container:${id}`);
  return id;
}
