/**
 * Log records over OTLP/HTTP, encoded as JSON (opentelemetry.io/docs/specs/otlp). The attributes
 * are those of the semantic conventions where these have one.
 */
import { hostname } from 'node:os';
import { z } from 'zod';
import { exitCodeOf } from '../../../operators/exit-code.ts';
import { judge } from '../../delivery/http-post.ts';
import type { Outcome } from '../../delivery/outcome.ts';
import { type ShownTarget, targetKeys, targetOf } from '../../delivery/target.ts';
import { quote } from '../../encoders/json-text.ts';
import type { EngineEvent } from '../../event.ts';
import { version } from '../../version.ts';
import { severityOf, summaryOf, verbOf } from '../event-words.ts';
import { httpSink } from '../http-delivery.ts';
import type { SinkKind } from '../sink.ts';

/** Severity numbers of the log data model. */
const SEVERITIES = { info: [9, 'INFO'], warning: [13, 'WARN'] } as const;

/** Attributes with a meaning of their own; others are labels or details of the engine. */
const KNOWN: ReadonlySet<string> = new Set(['image', 'name', 'exitCode', 'pid']);

export const otlp: SinkKind<ShownTarget> = {
  options: z.strictObject(targetKeys).transform(targetOf),
  describe: ({ shown }) => shown,
  open: (target) => {
    const resource = [
      text('service.name', 'tidings'),
      text('service.version', version),
      text('host.name', hostname()),
    ];
    const head = `{"resourceLogs":[{"resource":{"attributes":[${resource.join(',')}]},"scopeLogs":[{"scope":{"name":"tidings","version":"${version}"},"logRecords":[`;
    return httpSink(target, {
      encode: recordOf,
      content: (items) => ({
        body: `${head}${items.map((item) => item.text).join(',')}]}]}]}`,
        headers: { 'content-type': 'application/json' },
      }),
      judge: (answer, items) => {
        const outcome = judge(answer);
        return outcome.result === 'done' ? withRejected(outcome, answer.body, items.length) : outcome;
      },
    });
  },
};

function recordOf(event: EngineEvent, cursor: string): string {
  const { timeNano, type } = event;
  const [number, severity] = SEVERITIES[severityOf(event)];
  const time = timeNano > 0n ? timeNano : 0n;
  const name = quote(`${type}.${verbOf(event)}`);
  const attributes = attributesOf(event, cursor).join(',');
  return `{"timeUnixNano":"${time}","observedTimeUnixNano":"${time}","severityNumber":${number},"severityText":"${severity}","eventName":${name},"body":{"stringValue":${quote(summaryOf(event))}},"attributes":[${attributes}]}`;
}

function attributesOf(event: EngineEvent, cursor: string): string[] {
  const { type, action, id, name, attributes, source } = event;
  const list = [
    // Records with one uid are repeats of one record, by the semantic conventions.
    text('log.record.uid', cursor),
    text('tidings.type', type),
    text('tidings.action', action),
    text('tidings.engine', source.engine),
  ];
  if (source.endpoint !== undefined) list.push(text('tidings.endpoint', source.endpoint));
  if (type !== 'container') {
    if (id !== '') list.push(text('tidings.id', id));
    if (name !== undefined) list.push(text('tidings.name', name));
  } else {
    list.push(text('container.id', id), text('container.runtime.name', source.engine));
    if (name !== undefined) list.push(text('container.name', name));
    const { image = '', pid = '' } = attributes;
    if (image !== '') list.push(...imageOf(image));
    const exitCode = exitCodeOf(attributes);
    if (exitCode !== undefined) list.push(whole('process.exit.code', String(exitCode)));
    if (/^\d{1,10}$/.test(pid)) list.push(whole('process.pid', pid));
  }
  for (const key of Object.keys(attributes)) {
    if (type === 'container' && KNOWN.has(key)) continue;
    list.push(`{"key":${quote(`tidings.attributes.${key}`)},"value":${stringValue(attributes[key] ?? '')}}`);
  }
  return list;
}

const stringValue = (value: string): string => `{"stringValue":${quote(value)}}`;

const text = (key: string, value: string): string => `{"key":"${key}","value":${stringValue(value)}}`;

/** Whole numbers of 64 bits are texts in OTLP's JSON. */
const whole = (key: string, digits: string): string => `{"key":"${key}","value":{"intValue":"${digits}"}}`;

const texts = (key: string, value: string): string =>
  `{"key":"${key}","value":{"arrayValue":{"values":[${stringValue(value)}]}}}`;

/** The image's name, and its tag or digest: `registry:5000/a/b:tag@sha256:…`. */
function imageOf(image: string): string[] {
  const [, named = '', tag, digest] = /^(.+?)(?::([\w][\w.-]{0,127}))?(?:@(\w+:\w+))?$/.exec(image) ?? [];
  return [
    text('container.image.name', named === '' ? image : named),
    ...(tag === undefined ? [] : [texts('container.image.tags', tag)]),
    ...(digest === undefined ? [] : [texts('container.image.repo_digests', `${named}@${digest}`)]),
  ];
}

/** Counts the records that the receiver rejected: they must not be sent again. */
function withRejected(outcome: Outcome, body: string, most: number): Outcome {
  const { rejectedLogRecords, errorMessage = '' } = partialSuccessIn(body);
  const rejected = Math.min(most, Math.max(0, Number(rejectedLogRecords ?? 0) || 0));
  if (rejected === 0) return outcome;
  return {
    ...outcome,
    rejected,
    detail: `it rejected ${rejected} records: ${String(errorMessage).slice(0, 200)}`,
  };
}

interface PartialSuccess {
  readonly rejectedLogRecords?: unknown;
  readonly errorMessage?: unknown;
}

function partialSuccessIn(body: string): PartialSuccess {
  try {
    const found = JSON.parse(body) as { readonly partialSuccess?: PartialSuccess } | null;
    return found?.partialSuccess ?? {};
  } catch {
    // Some receivers answer with an empty body.
    return {};
  }
}
