/** CloudEvents 1.0 over HTTP, structured: one event a request, or a batch (cloudevents.io). */
import { hostname } from 'node:os';
import { z } from 'zod';
import { oneOf } from '../../checked-file/setting-fields.ts';
import { type ShownTarget, targetKeys, targetOf } from '../../delivery/target.ts';
import { quote } from '../../encoders/json-text.ts';
import { encodeEvent } from '../../encoders/ndjson-event.ts';
import type { EngineEvent } from '../../event.ts';
import { format } from '../../instant.ts';
import { verbOf } from '../event-words.ts';
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
  const { timeNano, type, id, name = id, source: from } = event;
  const subject = name === '' ? '' : `,"subject":${quote(name)}`;
  const time = timeNano > 0n ? `,"time":"${format(timeNano)}"` : '';
  return `{"specversion":"1.0","id":${quote(cursor)},"source":"${source}/${encodeURIComponent(from.engine)}","type":${quote(`tidings.${type}.${verbOf(event)}`)}${subject}${time},"datacontenttype":"application/json","data":${encodeEvent(event, cursor)}}`;
}
