/** A stream of one line for each event, for protocols without other frames. */
import type { Batch } from '../../collector/frames.ts';
import type { Query } from '../../collector/query.ts';
import type { IncomingEvent } from '../../event.ts';
import type { ServerContext } from '../context.ts';
import type { Exchange } from '../protocol.ts';
import { Blocks } from '../stream/blocks.ts';
import { markStreaming } from './core.ts';
import { chunk, chunks, HttpStream, onGone } from './http-stream.ts';

export interface LinesOptions {
  /** The protocol's name among subscriptions. */
  readonly protocol: string;
  /** Encodes an event as its line, without the line end. */
  readonly encode: (event: IncomingEvent) => string;
}

/** Answers one request. */
export type SendLines = (
  exchange: Exchange,
  query: Query,
  headers: Readonly<Record<string, string>>,
  /** Selects from the query's events. Default: all. */
  sends?: (event: IncomingEvent) => boolean,
) => void;

/**
 * Makes the function that answers with the events of a query. A gap comes as an event, like
 * everything else.
 */
export function lines(
  { collector, subscriptions }: ServerContext,
  { protocol, encode }: LinesOptions,
): SendLines {
  const blocks = new Blocks((event, out) => out.text(`${encode(event)}\n`), chunks, subscriptions.share);
  return ({ request, response }, query, headers, sends) => {
    const subscription = subscriptions.open(protocol, query);
    markStreaming(request);
    const stream = new HttpStream(response, headers);
    stream.begin();
    const take = (part: Batch): void => {
      if (part.kind === 'events') {
        const some = sends === undefined ? part.events : part.events.filter(sends);
        if (some.length > 0) stream.sendEvents(blocks, some);
      } else if (part.kind === 'gap') {
        const event = collector.gapEvent(part);
        if (sends?.(event) !== false) stream.send(chunk(`${encode(event)}\n`));
      } else if (part.kind === 'end') stream.end();
    };
    const delivery = subscription.start(stream.client(take));
    onGone(response, () => delivery.unsubscribe());
  };
}
