/** The kinds of sinks, by their key in the file: a new one is a new file and one line here. */
import type { SinkKind } from '../sink.ts';
import { cloudevents } from './cloudevents-sink.ts';
import { file } from './file-sink.ts';
import { fleet } from './fleet-sink.ts';
import { http } from './http-sink.ts';
import { journal } from './journal-sink.ts';
import { loki } from './loki-sink.ts';
import { mqtt } from './mqtt-sink.ts';
import { otlp } from './otlp-sink.ts';
import { stdout } from './stdout-sink.ts';
import { syslog } from './syslog-sink.ts';

/** Each kind has options of its own type, which only that kind reads. */
// oxlint-disable-next-line typescript/no-explicit-any
export const sinks: Readonly<Record<string, SinkKind<any>>> = {
  file,
  stdout,
  http,
  otlp,
  cloudevents,
  loki,
  syslog,
  journal,
  mqtt,
  fleet,
};
