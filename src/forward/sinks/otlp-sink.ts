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
import type { EngineEvent } from '../../event.ts';
import { version } from '../../version.ts';
import { severityOf, summaryOf } from '../event-words.ts';
import { httpSink } from '../http-delivery.ts';
import type { SinkKind } from '../sink.ts';

/** A value in OTLP's JSON; whole numbers of 64 bits are texts. */
type Value =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly arrayValue: { readonly values: readonly Value[] } };

const text = (stringValue: string): Value => ({ stringValue });

/** Severity numbers of the log data model. */
const SEVERITIES = { info: [9, 'INFO'], warning: [13, 'WARN'] } as const;

/** Attributes with a meaning of their own; others are labels or details of the engine. */
const KNOWN: ReadonlySet<string> = new Set(['image', 'name', 'exitCode', 'pid']);

export const otlp: SinkKind<ShownTarget> = {
  options: z.strictObject(targetKeys).transform(targetOf),
  describe: ({ shown }) => shown,
  open: (target) => {
    const resource = {
      attributes: list([
        ['service.name', text('tidings')],
        ['service.version', text(version)],
        ['host.name', text(hostname())],
      ]),
    };
    const head = `{"resourceLogs":[{"resource":${JSON.stringify(resource)},"scopeLogs":[{"scope":{"name":"tidings","version":"${version}"},"logRecords":[`;
    return httpSink(target, {
      encode: (event, cursor) => JSON.stringify(recordOf(event, cursor)),
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

function recordOf(event: EngineEvent, cursor: string): object {
  const { timeNano, type, action } = event;
  const [severityNumber, severityText] = SEVERITIES[severityOf(event)];
  const time = String(timeNano > 0n ? timeNano : 0n);
  return {
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber,
    severityText,
    eventName: `${type}.${action.split(':', 1)[0] ?? ''}`,
    body: text(summaryOf(event)),
    attributes: list(attributesOf(event, cursor)),
  };
}

function* attributesOf(event: EngineEvent, cursor: string): Iterable<readonly [string, Value]> {
  const { type, action, id, name, attributes, source } = event;
  // Records with one uid are repeats of one record, by the semantic conventions.
  yield ['log.record.uid', text(cursor)];
  yield ['tidings.type', text(type)];
  yield ['tidings.action', text(action)];
  yield ['tidings.engine', text(source.engine)];
  if (source.endpoint !== undefined) yield ['tidings.endpoint', text(source.endpoint)];
  if (type !== 'container') {
    if (id !== '') yield ['tidings.id', text(id)];
    if (name !== undefined) yield ['tidings.name', text(name)];
  } else {
    yield ['container.id', text(id)];
    if (name !== undefined) yield ['container.name', text(name)];
    yield ['container.runtime.name', text(source.engine)];
    yield* imageOf(attributes['image']);
    const exitCode = exitCodeOf(attributes);
    if (exitCode !== undefined) yield ['process.exit.code', { intValue: String(exitCode) }];
    const { pid = '' } = attributes;
    if (/^\d{1,10}$/.test(pid)) yield ['process.pid', { intValue: pid }];
  }
  for (const [key, value] of Object.entries(attributes)) {
    if (type !== 'container' || !KNOWN.has(key)) yield [`tidings.attributes.${key}`, text(value)];
  }
}

/** The image's name, and its tag or digest: `registry:5000/a/b:tag@sha256:…`. */
function* imageOf(image: string | undefined): Iterable<readonly [string, Value]> {
  if (image === undefined || image === '') return;
  const [, named = '', tag, digest] = /^(.+?)(?::([\w][\w.-]{0,127}))?(?:@(\w+:\w+))?$/.exec(image) ?? [];
  yield ['container.image.name', text(named === '' ? image : named)];
  if (tag !== undefined) yield ['container.image.tags', { arrayValue: { values: [text(tag)] } }];
  if (digest !== undefined) {
    yield ['container.image.repo_digests', { arrayValue: { values: [text(`${named}@${digest}`)] } }];
  }
}

function list(pairs: Iterable<readonly [string, Value]>): readonly object[] {
  return [...pairs].map(([key, value]) => ({ key, value }));
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
