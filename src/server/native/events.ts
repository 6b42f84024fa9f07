/** `GET /v1/events`: the stream as frames. */
import type { IncomingMessage } from 'node:http';
import type { Collector } from '../../collector/collector.ts';
import { gapFrame } from '../../collector/frames.ts';
import type { Query } from '../../collector/query.ts';
import { queryFromParams } from '../../encoders/query-params.ts';
import type { ServerContext } from '../context.ts';
import { markStreaming } from '../http/core.ts';
import { chunk, HttpStream } from '../http/stream.ts';
import type { Exchange } from '../protocol.ts';
import { type Format, ndjson, sse } from './formats.ts';

/** Events looked at in one go. */
const READ = 1024;

/** Answers from the collector; makes both formats once for all requests. */
export function eventsHandler(context: ServerContext): (exchange: Exchange) => void {
  const { collector, now } = context;
  const formats = { ndjson: ndjson(collector), sse: sse(collector) };

  return (exchange) => {
    const { request, response, query: params } = exchange;
    const format = formats[formatOf(request)];
    const last = lastEventId(request);
    const query = resumed(queryFromParams(params, now()), last);
    // An `EventSource` connects again whenever a stream ends; this is how it is told that this one has ended for good.
    if (last !== undefined && isOver(collector, query)) response.writeHead(204).end();
    else if (request.method === 'HEAD') response.writeHead(200, { 'content-type': format.contentType }).end();
    else stream(context, query, format, exchange);
  };
}

function stream(context: ServerContext, query: Query, format: Format, { request, response }: Exchange): void {
  const { collector, subscriptions } = context;
  const { oldest, newest, durable } = collector;
  const subscription = subscriptions.open('native', query);
  markStreaming(request);
  const out = new HttpStream(response, { 'content-type': format.contentType });
  const send = (frame: Parameters<Format['frame']>[0]): boolean => out.send(chunk(format.frame(frame)));
  if (format.preamble !== '') out.send(chunk(format.preamble));
  send({ kind: 'ready', oldest, newest, durable });
  const delivery = subscription.start({
    events: (events) => out.sendEvents(format.blocks, events),
    gap: (gap) => send(gapFrame(gap, collector.epoch)),
    replayed: (cursor) => send({ kind: 'replay-end', cursor }),
    bookmark: (cursor) => send({ kind: 'bookmark', cursor, durable: collector.durable }),
    end: (reason, cursor, error) => {
      const message = error instanceof Error ? { message: error.message } : {};
      send({ kind: 'end', reason, cursor, ...message });
      out.end();
    },
    ...out.holding,
  });
  out.onRoom(() => delivery.resume());
  out.onGone(() => delivery.close());
}

/** The first of the two that `Accept` names; NDJSON when it names neither. */
function formatOf({ headers: { accept = '' } }: IncomingMessage): 'ndjson' | 'sse' {
  const types = accept.split(',').map((type) => type.split(';')[0]?.trim().toLowerCase());
  const wanted = types.find((type) => type === 'text/event-stream' || type === 'application/x-ndjson');
  return wanted === 'text/event-stream' ? 'sse' : 'ndjson';
}

/** Where an `EventSource` was that connects again. */
function lastEventId({ headers }: IncomingMessage): string | undefined {
  const last = headers['last-event-id'];
  return typeof last === 'string' && last !== '' ? last : undefined;
}

/** The URL of a client that connects again still says where it began. */
function resumed(query: Query, last: string | undefined): Query {
  return last === undefined ? query : { ...query, cursor: last, tail: undefined };
}

/** Whether a query has an end, and nothing is left before it. */
function isOver(collector: Collector, query: Query): boolean {
  if (query.until === undefined && query.follow !== false) return false;
  const reader = collector.reader(query);
  try {
    for (;;) {
      const { events, gap, more } = reader.read(READ);
      if (events.length > 0 || gap !== undefined) return false;
      if (!more) return reader.ended !== undefined;
    }
  } finally {
    reader.close();
  }
}
