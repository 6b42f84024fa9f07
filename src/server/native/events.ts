/** `GET /v1/events`: the stream as frames. */
import type { IncomingMessage } from 'node:http';
import { gapFrame } from '../../collector/frames.ts';
import type { Query } from '../../collector/query.ts';
import { queryFromParams } from '../../encoders/query-params.ts';
import type { ServerContext } from '../context.ts';
import { markStreaming } from '../http/core.ts';
import { chunk, HttpStream } from '../http/stream.ts';
import type { Exchange } from '../protocol.ts';
import { type Format, ndjson, sse } from './formats.ts';

/** Answers from the collector; makes both formats once for all requests. */
export function eventsHandler(context: ServerContext): (exchange: Exchange) => void {
  const { collector, now, subscriptions, pumps } = context;
  const formats = { ndjson: ndjson(collector), sse: sse(collector) };

  return ({ request, response, query: params }) => {
    const format = formats[formatOf(request)];
    const query = resumed(queryFromParams(params, now()), request);
    const { oldest, newest, durable } = collector;
    const lease = subscriptions.open('native', query);
    markStreaming(request);
    const stream = new HttpStream(response, { 'content-type': format.contentType });
    const send = (frame: Parameters<Format['frame']>[0]): boolean => stream.send(chunk(format.frame(frame)));
    if (format.preamble !== '') stream.send(chunk(format.preamble));
    send({ kind: 'ready', oldest, newest, durable });
    const pump = pumps.start(lease, {
      events: (events) => stream.send(format.blocks.of(events)),
      gap: (gap) => send(gapFrame(gap, collector.epoch)),
      replayed: (cursor) => send({ kind: 'replay-end', cursor }),
      bookmark: (cursor) => send({ kind: 'bookmark', cursor, durable: collector.durable }),
      end: (reason, cursor) => {
        send({ kind: 'end', reason, cursor });
        stream.end();
      },
    });
    stream.onRoom(() => pump.resume());
    response.on('close', () => pump.close());
  };
}

/** The first of the two that `Accept` names; NDJSON when it names neither. */
function formatOf({ headers: { accept = '' } }: IncomingMessage): 'ndjson' | 'sse' {
  const types = accept.split(',').map((type) => type.split(';')[0]?.trim().toLowerCase());
  const wanted = types.find((type) => type === 'text/event-stream' || type === 'application/x-ndjson');
  return wanted === 'text/event-stream' ? 'sse' : 'ndjson';
}

/** An `EventSource` that connects again says in a header where it was; its URL still says where it began. */
function resumed(query: Query, { headers }: IncomingMessage): Query {
  const last = headers['last-event-id'];
  if (typeof last !== 'string' || last === '') return query;
  return { ...query, cursor: last, tail: undefined };
}
