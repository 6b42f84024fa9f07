/** CloudEvents 1.0 over HTTP, structured: one event a request, or a batch (cloudevents.io). */
import { hostname } from 'node:os';
import { z } from 'zod';
import { oneOf } from '../../checked-file/setting-fields.ts';
import { type ShownTarget, targetKeys, targetOf } from '../../delivery/target.ts';
import { encodeEvent } from '../../encoders/ndjson-event.ts';
import type { EngineEvent } from '../../event.ts';
import { format } from '../../instant.ts';
import { httpSink } from '../http-delivery.ts';
import { oneByOne } from '../one-by-one.ts';
import type { SinkKind } from '../sink.ts';

interface Options {
  readonly target: ShownTarget;
  readonly mode: 'batched' | 'structured';
}

const TYPES = { batched: 'application/cloudevents-batch+json', structured: 'application/cloudevents+json' };

export const cloudevents: SinkKind<Options> = {
  options: z
    .strictObject({ ...targetKeys, mode: oneOf(['batched', 'structured']).optional() })
    .transform(({ mode = 'batched', ...target }) => ({ target: targetOf(target), mode })),
  describe: ({ target }) => target.shown,
  open: ({ target, mode }) => {
    const source = `/tidings/${encodeURIComponent(hostname())}`;
    const headers = { 'content-type': `${TYPES[mode]}; charset=utf-8` };
    const sink = httpSink(target, {
      encode: (event, cursor) => cloudEvent(event, cursor, source),
      content: (items) => {
        const texts = items.map(({ text }) => text);
        return { body: mode === 'batched' ? `[${texts.join(',')}]` : (texts[0] ?? ''), headers };
      },
    });
    return mode === 'batched' ? sink : oneByOne(sink);
  },
};

/** Source and id together identify the event: receivers drop repeats by them. */
function cloudEvent(event: EngineEvent, cursor: string, source: string): string {
  const { timeNano, type, action, id, name = id, source: from } = event;
  const attributes = {
    specversion: '1.0',
    id: cursor,
    source: `${source}/${encodeURIComponent(from.engine)}`,
    type: `tidings.${type}.${action.split(':', 1)[0] ?? ''}`,
    ...(name === '' ? {} : { subject: name }),
    ...(timeNano > 0n ? { time: format(timeNano) } : {}),
    datacontenttype: 'application/json',
  };
  return `${JSON.stringify(attributes).slice(0, -1)},"data":${encodeEvent(event, cursor)}}`;
}
