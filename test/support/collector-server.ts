/** A collector behind `GET /v1/events`, as plain as can be: each connection reads when it has room. */
import type { RequestListener, ServerResponse } from 'node:http';
import type { Collector } from '../../src/collector/collector.ts';
import { gapFrame } from '../../src/collector/frames.ts';
import type { Frame } from '../../src/collector/frames.ts';
import type { Query } from '../../src/collector/query.ts';
import { encodeFrame } from '../../src/encoders/ndjson.ts';
import { queryFromParams } from '../../src/encoders/query-params.ts';

/** Answers from a collector; what makes no sense with status 400. */
export function serveCollector(collector: Collector): RequestListener {
  return (request, response) => {
    try {
      const { searchParams } = new URL(request.url ?? '', 'http://localhost');
      stream(collector, queryFromParams(searchParams, BigInt(Date.now()) * 1_000_000n), response);
    } catch (error) {
      response.writeHead(400).end(JSON.stringify({ message: (error as Error).message }));
    }
  };
}

function stream(collector: Collector, query: Query, response: ServerResponse): void {
  const reader = collector.reader(query);
  response.on('close', () => reader.close());
  const write = (frame: Frame): boolean => response.write(`${encodeFrame(frame)}\n`);
  write({ kind: 'ready', oldest: collector.oldest, newest: collector.newest });
  const pump = (): void => {
    for (let more = true, room = true; more || !room;) {
      if (!room) return void response.once('drain', pump);
      const chunk = reader.read(256);
      for (const event of chunk.events)
        room = write({ kind: 'event', cursor: collector.cursorOf(event), event });
      if (chunk.gap) room = write(gapFrame(chunk.gap, collector.epoch));
      more = chunk.more;
    }
    if (reader.ended === undefined) reader.wait(pump);
    else response.end(`${encodeFrame({ kind: 'end', reason: reader.ended, cursor: reader.cursor })}\n`);
  };
  pump();
}
