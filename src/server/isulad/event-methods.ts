/** `containers.ContainerService/Events`: iSulad's stream of events. */
import type { Collector } from '../../collector/collector.ts';
import type { EndFrame, Batch } from '../../collector/frames.ts';
import type { Query } from '../../collector/query.ts';
import type { ServerContext } from '../context.ts';
import { Blocks } from '../stream/blocks.ts';
import type { Encode } from '../stream/encoded-lines.ts';
import { TooManySubscriptions } from '../subscriptions.ts';
import { type Call, framed, GrpcError, type Method, Status } from './grpc.ts';
import { findKnown, lookUp } from './named-container.ts';
import { decodeEventsRequest, encodeEvent, type EventsRequest } from './event-messages.ts';

/** The name of the protocol among subscriptions. */
export const PROTOCOL = 'isulad';

const shutDown = [Status.UNKNOWN, 'tidings is shutting down'] as const;

/** Statuses of streams that fail. */
const ENDS: Partial<Record<EndFrame['reason'], Parameters<Call['end']>>> = {
  shutdown: [...shutDown],
  error: [Status.INTERNAL, 'an event cannot be sent'],
};

/**
 * Makes the method.
 *
 * @param closing aborted when the server takes no more calls
 */
export function eventsMethod(context: ServerContext, closing: AbortSignal): Method {
  const { collector, subscriptions } = context;
  const encode: Encode = (event, out) => out.append(framed(encodeEvent(event)));
  const blocks = new Blocks(encode, undefined, subscriptions.share);
  const send = (call: Call, query: Query): void => {
    if (closing.aborted) throw new GrpcError(...shutDown);
    const subscription = subscriptions.open(PROTOCOL, query);
    call.begin();
    let needed: ArrayBufferLike | undefined;
    const take = (part: Batch): void => {
      if (part.kind === 'events') {
        const bytes = blocks.of(part.events);
        needed = bytes.buffer;
        call.send(bytes);
      } else if (part.kind === 'gap') call.send(framed(encodeEvent(collector.gapEvent(part))));
      else if (part.kind === 'end') call.end(...(ENDS[part.reason] ?? [Status.OK]));
    };
    const { paused } = call;
    const held = (): ArrayBufferLike | undefined => (paused.value ? needed : undefined);
    const delivery = subscription.start({ take, paused, held, cutOff: () => call.cutOff() });
    call.onOver(() => delivery.unsubscribe());
  };
  return (bytes, call) => {
    const request = requestOf(bytes);
    const { id } = request;
    const answer = (name = id): void => worded(() => send(call, queryOf(request, name, collector)));
    if (id === '' || isGlob(id)) return answer();
    const found = worded(() => findKnown(context, nameOf(id)));
    if (found !== undefined) return answer(found.name === id ? id : found.id);
    const giveUp = worded(() =>
      lookUp(context, PROTOCOL, id, (isFound) =>
        call.attempt(() => (isFound ? answer() : noSuchContainer(id))),
      ),
    );
    call.onOver(giveUp);
  };
}

/** Runs a step; converts its error to a status, in iSulad's words. */
function worded<T>(step: () => T): T {
  try {
    return step();
  } catch (cause) {
    const { message } = cause as Error;
    if (cause instanceof TooManySubscriptions) {
      throw new GrpcError(Status.UNKNOWN, message, { cause });
    }
    if (!(cause instanceof RangeError)) throw cause;
    // iSulad sends the first half, and writes the second half to its log.
    throw new GrpcError(Status.INTERNAL, `Failed to execute events callback: ${message}`, { cause });
  }
}

function requestOf(bytes: Buffer): EventsRequest {
  try {
    return decodeEventsRequest(bytes);
  } catch (cause) {
    throw new GrpcError(Status.INTERNAL, 'Failed to transform grpc request', { cause });
  }
}

/** Makes a query as iSulad reads a request: without `since`, it begins with all buffered events. */
function queryOf(
  { since, until, storeOnly }: EventsRequest,
  name: string,
  { bufferStart }: Collector,
): Query {
  const start = since === undefined ? { cursor: bufferStart } : { since };
  return { ...start, until, follow: !storeOnly, name: name === '' ? undefined : name };
}

/**
 * Tests for a glob, which is not a container name. iSulad has no globs; tidings also waits for a
 * container that appears later.
 */
function isGlob(id: string): boolean {
  return /[*?[]/.test(id) && !isExpression(id);
}

/**
 * Tests for a regular expression or a negation, which iSulad lacks: no container has such a name.
 */
function isExpression(id: string): boolean {
  return /^[!/]/.test(id);
}

function nameOf(id: string): string {
  return isExpression(id) ? noSuchContainer(id) : id;
}

function noSuchContainer(id: string): never {
  throw new GrpcError(Status.INTERNAL, `No such container:${id}`);
}
