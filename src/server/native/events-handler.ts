/** `GET /v1/events`: the stream as frames. */
import type { IncomingMessage } from 'node:http';
import type { Batch } from '../../collector/frames.ts';
import type { Query } from '../../collector/query.ts';
import { queryFromParams } from '../../encoders/query-params.ts';
import type { ServerContext } from '../context.ts';
import { markStreaming } from '../http/core.ts';
import { chunk, HttpStream, onGone } from '../http/http-stream.ts';
import type { Exchange } from '../protocol.ts';
import { type Format, ndjson, PACKED, packed, type PlainFrame, sse } from './formats.ts';

/** Answers from the collector; makes the formats once for all requests. */
export function eventsHandler(context: ServerContext): (exchange: Exchange) => void {
  const { now } = context;
  const formats: Readonly<Record<string, Format>> = {
    'application/x-ndjson': ndjson(context),
    'text/event-stream': sse(context),
    [PACKED]: packed(context),
  };
  const formatOf = ({ headers: { accept = '' } }: IncomingMessage): Format => {
    const types = accept.split(',').map((type) => type.split(';')[0]?.trim().toLowerCase() ?? '');
    const wanted = types.find((type) => Object.hasOwn(formats, type)) ?? 'application/x-ndjson';
    return formats[wanted] as Format;
  };

  return (exchange) => {
    const { request, response, query: params } = exchange;
    const format = formatOf(request);
    const last = lastEventId(request);
    const query = resumed(queryFromParams(params, now()), last);
    if (request.method === 'HEAD') response.writeHead(200, { 'content-type': format.contentType }).end();
    else answer(context, query, format, exchange, last !== undefined && hasEnd(query));
  };
}

/**
 * @param untilOver an `EventSource` reconnects after every end of a stream: if nothing is left of
 *   its query, the answer is 204, which stops it
 */
function answer(
  context: ServerContext,
  query: Query,
  format: Format,
  { request, response }: Exchange,
  untilOver: boolean,
): void {
  const subscription = context.subscriptions.open('native', query);
  const blocks = format.blocks();
  const stream = new HttpStream(response, { 'content-type': format.contentType });
  /** First frames: not sent if the stream ends with them and the answer is 204. */
  let early: PlainFrame[] | undefined = [];
  const send = (frame: PlainFrame): void => stream.send(chunk(format.frame(frame)));
  const begin = (): void => {
    if (early === undefined) return;
    markStreaming(request);
    stream.begin();
    if (format.preamble !== '') stream.send(chunk(format.preamble));
    for (const frame of early) send(frame);
    early = undefined;
  };
  const isOver = (part: Batch): boolean =>
    part.kind === 'end' && (part.reason === 'until' || part.reason === 'complete');
  const take = (part: Batch): void => {
    if (early !== undefined) {
      if (part.kind === 'ready' || part.kind === 'replay-end') {
        early.push(part);
        if (part.kind === 'replay-end') setImmediate(() => response.destroyed || begin());
        return;
      }
      if (isOver(part)) {
        early = undefined;
        response.writeHead(204).end();
        return;
      }
      begin();
    }
    if (part.kind === 'events') stream.sendEvents(blocks, part.events);
    else send(part);
    if (part.kind === 'end') response.end();
  };
  if (!untilOver) begin();
  const delivery = subscription.start(stream.client(take));
  onGone(response, () => delivery.unsubscribe());
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
