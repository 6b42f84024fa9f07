/** The kinds of sinks, by their key in the file: a new one is a new file and one line here. */
import type { SinkKind } from '../sink.ts';
import { file } from './file-sink.ts';
import { http } from './http-sink.ts';
import { stdout } from './stdout-sink.ts';

/** Each kind has options of its own type, which only that kind reads. */
// oxlint-disable-next-line typescript/no-explicit-any
export const sinks: Readonly<Record<string, SinkKind<any>>> = { file, stdout, http };
