/** Describes forwarders. */
import { instant } from '../../src/index.ts';
import type { Forwarder, ForwarderStatus } from '../../src/internal.ts';
import { sizeText } from '../../src/size.ts';
import { columns } from './columns.ts';
import { describeWhen } from './when.ts';

/** `logs: every event to loki http://loki:3100/… (batches of 500 events, 1.0 MiB, 1s)`. */
export function describeForwarder({ name, when, sink, batch }: Forwarder): string {
  const { count, bytes, every } = batch;
  const what = describeWhen(when, 'every event');
  const limits = `batches of ${count} ${count === 1 ? 'event' : 'events'}, ${sizeText(bytes)}, ${every / 1000}s`;
  return `${name}: ${what} to ${sink.kind} ${sink.target} (${limits})`;
}

const HEAD = [
  'NAME',
  'SINK',
  'STATE',
  'SINCE',
  'LAG',
  'SENT',
  'REPEATED',
  'FAILED',
  'REFUSED',
  'MISSED',
  'TARGET',
  'DETAIL',
];

/** A table of forwarders. */
export function forwarderTable(forwarders: readonly ForwarderStatus[]): string[] {
  return columns([HEAD, ...forwarders.map(row)]);
}

function row(each: ForwarderStatus): string[] {
  const {
    name,
    sink,
    state,
    since,
    lag,
    sent,
    repeated,
    failed,
    refused,
    missed,
    target,
    detail = '-',
  } = each;
  const time = instant.format(BigInt(since), { zone: 'local', digits: 0 });
  return [
    name,
    sink,
    state,
    time,
    ...[lag, sent, repeated, failed, refused, missed].map(String),
    target,
    detail,
  ];
}
