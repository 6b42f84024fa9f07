/** Loki's push API, in JSON (grafana.com/docs/loki/latest/reference/loki-http-api). */
import { hostname } from 'node:os';
import { z } from 'zod';
import { judge } from '../../delivery/http-post.ts';
import { type ShownTarget, targetKeys, targetOf } from '../../delivery/target.ts';
import { quote } from '../../encoders/json-text.ts';
import { encodeEvent } from '../../encoders/ndjson-event.ts';
import type { EngineEvent } from '../../event.ts';
import { oneOf, readBy } from '../../checked-file/setting-fields.ts';
import { httpSink } from '../http-delivery.ts';
import type { Item, SinkKind } from '../sink.ts';

interface Options {
  readonly target: ShownTarget;
  /** Labels of each stream, besides `engine` and `type`. */
  readonly labels: Readonly<Record<string, string>>;
  /** True to send name, id and cursor as structured metadata (Loki 3). */
  readonly metadata: boolean;
}

/** Label names of Prometheus. */
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const labelSet: z.ZodType<Readonly<Record<string, string>>> = readBy(
  z.record(z.string(), z.string()),
  (labels) => {
    const odd = Object.keys(labels).find((name) => !LABEL.test(name));
    if (odd === undefined) return labels;
    throw new RangeError(
      `${JSON.stringify(odd.slice(0, 80))} must be the name of a label: letters, digits and _`,
    );
  },
);

const PATH = '/loki/api/v1/push';

/** Most label texts that are kept. */
const LABEL_TEXTS = 100;

export const loki: SinkKind<Options> = {
  options: z
    .strictObject({
      ...targetKeys,
      tenant: z
        .string()
        .regex(/^[\w!.*'()-]{1,150}$/, 'must be the name of a tenant')
        .optional(),
      labels: labelSet.optional(),
      metadata: oneOf(['true', 'false']).optional(),
    })
    .transform(({ tenant, labels = {}, metadata = 'true', ...given }) => {
      const target = targetOf(given);
      const headers = tenant === undefined ? target.headers : { ...target.headers, 'x-scope-orgid': tenant };
      return { target: { ...atPush(target), headers }, labels, metadata: metadata === 'true' };
    }),
  describe: ({ target }) => target.shown,
  open: ({ target, labels, metadata }) => {
    const shared = { job: 'tidings', host: hostname(), ...labels };
    const labelsOf = labelTexts(shared);
    return httpSink(target, {
      encode: (event, cursor) => {
        const { timeNano, id, name, action } = event;
        const line = JSON.stringify(encodeEvent(event, cursor));
        if (!metadata) return `["${timeNano}",${line}]`;
        const about = `"cursor":${quote(cursor)},"action":${quote(action)}`;
        const named = name === undefined ? '' : `,"name":${quote(name)}`;
        return `["${timeNano}",${line},{${about}${named}${id === '' ? '' : `,"id":${quote(id)}`}}]`;
      },
      content: (items) => ({
        body: `{"streams":[${streamsOf(items, labelsOf)}]}`,
        headers: { 'content-type': 'application/json' },
      }),
      judge: (answer) => {
        const outcome = judge(answer);
        const reason = answer.body.trim().slice(0, 200);
        return outcome.result === 'done' || reason === ''
          ? outcome
          : { ...outcome, detail: `${outcome.detail}: ${reason}` };
      },
    });
  },
};

/** Adds the path of the API to an address without a path. */
function atPush(target: ShownTarget): ShownTarget {
  const url = new URL(target.url);
  if (url.pathname !== '/') return target;
  url.pathname = PATH;
  return { ...target, url: url.href, shown: target.shown.replace(/\/$/, PATH) };
}

type LabelsOf = (event: EngineEvent) => string;

/** Labels of events as JSON. Few labels make few streams: names and ids would make one for each container. */
function labelTexts(shared: Readonly<Record<string, string>>): LabelsOf {
  const texts = new Map<string, string>();
  return ({ source: { engine }, type }) => {
    const key = `${engine}\0${type}`;
    let text = texts.get(key);
    if (text === undefined) {
      text = JSON.stringify({ ...shared, engine, type });
      if (texts.size >= LABEL_TEXTS) texts.clear();
      texts.set(key, text);
    }
    return text;
  };
}

function streamsOf(items: readonly Item[], labelsOf: LabelsOf): string {
  const streams = new Map<string, string[]>();
  for (const { event, text } of items) {
    const labels = labelsOf(event);
    const values = streams.get(labels);
    if (values === undefined) streams.set(labels, [text]);
    else values.push(text);
  }
  return [...streams]
    .map(([labels, values]) => `{"stream":${labels},"values":[${values.join(',')}]}`)
    .join(',');
}
