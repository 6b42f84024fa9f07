/** `GET /v1/events`: the stream as frames. */
import type { IncomingMessage } from 'node:http';
import { gapFrame } from '../../collector/frames.ts';
import type { Query } from '../../collector/query.ts';
import { queryFromParams } from '../../encoders/query-params.ts';
import type { ServerContext } from '../context.ts';
import { markStreaming } from '../http/core.ts';
import { chunk, HttpStream, onGone } from '../http/stream.ts';
import type { Exchange } from '../protocol.ts';
import { type Format, ndjson, sse } from './formats.ts';

/** Answers from the collector; makes both formats once for all requests. */
export function eventsHandler(context: ServerContext): (exchange: Exchange) => void {
  const { collector, now } = context;
  const formats = { ndjson: ndjson(collector), sse: sse(collector) };

  return (exchange) => {
    const { request, response, query: params } = exchange;
    const format = formats[formatOf(request)];
    const last = lastEventId(request);
    const query = resumed(queryFromParams(params, now()), last);
    if (request.method === 'HEAD') response.writeHead(200, { 'content-type': format.contentType }).end();
    else stream(context, query, format, exchange, last !== undefined && hasEnd(query));
  };
}

/**
 * @param untilOver an `EventSource` reconnects after every end of a stream: if nothing is left of
 *   its query, the answer is 204, which stops it
 */
function stream(
  context: ServerContext,
  query: Query,
  format: Format,
  { request, response }: Exchange,
  untilOver: boolean,
): void {
  const { collector, subscriptions } = context;
  const { oldest, newest, durable } = collector;
  const subscription = subscriptions.open('native', query);
  let out: HttpStream | undefined;
  const begin = (): HttpStream => {
    if (out !== undefined) return out;
    markStreaming(request);
    out = new HttpStream(response, { 'content-type': format.contentType });
    if (format.preamble !== '') out.send(chunk(format.preamble));
    out.send(chunk(format.frame({ kind: 'ready', oldest, newest, durable })));
    out.onRoom(() => delivery.resume());
    return out;
  };
  const send = (frame: Parameters<Format['frame']>[0]): boolean => begin().send(chunk(format.frame(frame)));
  /**
   * The cursor of a `replay-end` that is not sent yet. If the stream ends there too, only the end
   * is sent.
   */
  let replayEnd: string | undefined;
  const endReplay = (): void => {
    if (replayEnd === undefined) return;
    const cursor = replayEnd;
    replayEnd = undefined;
    send({ kind: 'replay-end', cursor });
  };
  const delivery = subscription.start({
    events: (events) => {
      endReplay();
      return begin().sendEvents(format.blocks, events);
    },
    gap: (gap) => {
      endReplay();
      return send(gapFrame(gap, collector.epoch));
    },
    replayed: (cursor) => {
      if (out !== undefined || !untilOver) return send({ kind: 'replay-end', cursor });
      replayEnd = cursor;
      setImmediate(() => {
        if (!response.destroyed) endReplay();
      });
      return true;
    },
    bookmark: (cursor) => send({ kind: 'bookmark', cursor, durable: collector.durable }),
    end: (reason, cursor, error) => {
      if (out === undefined && untilOver && (reason === 'until' || reason === 'complete')) {
        replayEnd = undefined;
        response.writeHead(204).end();
        return;
      }
      const message = error instanceof Error ? { message: error.message } : {};
      endReplay();
      send({ kind: 'end', reason, cursor, ...message });
      begin().end();
    },
    held: () => out?.holding.held(),
    cutOff: () => response.socket?.destroy(),
  });
  if (!untilOver) begin();
  onGone(response, () => delivery.close());
}

/** The first of the two formats in `Accept`; NDJSON if neither is named. */
function formatOf({ headers: { accept = '' } }: IncomingMessage): 'ndjson' | 'sse' {
  const types = accept.split(',').map((type) => type.split(';')[0]?.trim().toLowerCase());
  const wanted = types.find((type) => type === 'text/event-stream' || type === 'application/x-ndjson');
  return wanted === 'text/event-stream' ? 'sse' : 'ndjson';
}

/** The position of an `EventSource` that reconnects. */
function lastEventId({ headers }: IncomingMessage): string | undefined {
  const last = headers['last-event-id'];
  return typeof last === 'string' && last !== '' ? last : undefined;
}

/**
 * Continues from that position: the URL of a client that reconnects still states its first
 * position.
 */
function resumed(query: Query, last: string | undefined): Query {
  return last === undefined ? query : { ...query, cursor: last, tail: undefined };
}

function hasEnd({ until, follow }: Query): boolean {
  return until !== undefined || follow === false;
}
