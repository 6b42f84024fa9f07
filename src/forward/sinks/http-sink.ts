/** NDJSON over HTTP: one POST for each batch, one event a line. */
import { z } from 'zod';
import { type ShownTarget, targetKeys, targetOf } from '../../delivery/target.ts';
import { encodeEvent } from '../../encoders/ndjson-event.ts';
import { httpSink } from '../http-delivery.ts';
import type { SinkKind } from '../sink.ts';

export const http: SinkKind<ShownTarget> = {
  options: z.strictObject(targetKeys).transform(targetOf),
  describe: ({ shown }) => shown,
  open: (target) =>
    httpSink(target, {
      encode: encodeEvent,
      content: (items) => ({
        body: items.map(({ text }) => `${text}\n`).join(''),
        headers: { 'content-type': 'application/x-ndjson' },
      }),
    }),
};
